"""The command line on scales, tiles and files of several pages."""

from pathlib import Path

import pytest
from command_line import facts, run
from image_files import encoded, grey
from PIL import Image
from test_workspace_scale import lamps


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VABAL_DATABASE_URL", raising=False)


def test_the_scale_is_said_shown_and_changed(tmp_path):
    lamps(tmp_path / "plates")
    scale = facts("import", tmp_path / "plates", "--project", "Steel")["plan"]["scale"]
    assert facts("scale", "--project", "Steel")["scale"] == scale
    assert facts("scale", "--project", "Steel", "--low", 0, "--high", 4095)["scale"] == {"low": 0, "high": 4095}
    assert facts("scale", "--project", "Steel", "--measure")["scale"] == scale
    assert facts("scale", "--project", "Steel", "--each-its-own")["scale"] == "none"


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--low", 5], "Give --low and --high"), (["--low", 5, "--high", 5], "must be below"), (["--measure"], "no")],
)
def test_a_scale_that_cannot_be_is_an_error_in_words(tmp_path, options, words):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.png").write_bytes(encoded(grey()))
    facts("import", tmp_path / "a", "--project", "Steel")
    result = run("scale", "--project", "Steel", *options)
    assert result.exit_code == 1 and words in result.stderr


def test_large_images_are_cut_where_an_option_says_so_and_not_without(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.png").write_bytes(encoded(grey(height=20, width=90)))
    whole = facts("import", tmp_path / "a", "--project", "Steel", "--dry-run")
    assert whole["plan"]["images"] == 1 and "tiles" not in whole["plan"]
    tiles = facts("import", tmp_path / "a", "--project", "Steel", "--tile-side", 20, "--tile-overlap", 6)
    assert tiles["plan"]["tiles"] == tiles["written"]["images"] == 6
    assert (
        facts("import", tmp_path / "a", "--project", "Steel", "--shape", "fit", "--other-forms", "beside")["written"][
            "images"
        ]
        == 1
    )


@pytest.mark.parametrize("options", [["--shape", "tile"], ["--tile-overlap", 3], ["--shape", "fit", "--tile-side", 9]])
def test_options_of_tiles_that_contradict_each_other_are_an_error(tmp_path, options):
    (tmp_path / "a").mkdir()
    result = run("import", tmp_path / "a", "--project", "Steel", *options)
    assert result.exit_code == 1 and "--tile-side" in result.stderr


def test_pages_that_are_left_out_are_said(tmp_path):
    (tmp_path / "a").mkdir()
    pages = [Image.fromarray(grey(seed)) for seed in range(3)]
    (tmp_path / "a" / "a.tif").write_bytes(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert "the first of 3 pages" in run("import", tmp_path / "a", "--project", "Steel", "--dry-run").stderr
    remarks = facts("import", tmp_path / "a", "--project", "Steel")["remarks"]
    assert [remark["path"] for remark in remarks] == ["a.tif"]
