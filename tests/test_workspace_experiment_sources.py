"""What an experiment can be run on, how large it usually is, and what its findings say and do not say."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from experiment_rows import experiment_rows
from image_files import write_image
from long_work import result_of
from project_experiments import play_at_once, project_of, read_all, replayable, start
from workspaces import ANN, filled, label

from vabal_core import workspace
from vabal_core.experiment.discovery import discovery
from vabal_core.experiment.draw import draw_test
from vabal_core.experiment.sources import open_source
from vabal_core.experiment.summary import summarise
from vabal_core.types import NotFound, StudioError
from vabal_core.workspace.experiment_findings import _answer, titles
from vabal_core.workspace.experiment_sources import labelled_images_of


def source_of(project) -> workspace.ExperimentSource:
    return workspace.label_source(project.ws, project_of(project))


def test_too_few_labels_are_refused_with_how_many_are_needed(tmp_path):
    project = filled(tmp_path / "data", pool=80)
    assert "This project has 0 in 0 classes: give 50 more labels and 5 labels of each" in workspace.why_no_replay(
        source_of(project)
    )
    project.record(*(label(image, project.class_ids[0]) for image in project.pool[:46]))
    project.record(*(label(image, project.class_ids[1]) for image in project.pool[46:49]))
    reason = workspace.why_no_replay(source_of(project))
    assert "This project has 49 in 2 classes: give 1 more labels and 5 labels of a second class" in reason
    project.record(*(label(image, project.class_ids[1]) for image in project.pool[49:51]))
    assert workspace.why_no_replay(source_of(project)) == ""


def test_it_is_measured_on_the_evaluation_images_where_enough_have_a_label_and_else_they_stay_out(tmp_path):
    many, few = replayable(tmp_path / "many", evaluation=20), replayable(tmp_path / "few", evaluation=19)
    images = labelled_images_of(many.ws, many.project_id)
    assert source_of(many).test == 20 and images.test.tolist() == [False] * 60 + [True] * 20
    images = labelled_images_of(few.ws, few.project_id)
    assert source_of(few).test is None and images.test is None and len(images.files) == 60


def test_the_images_listed_are_those_with_a_label_now_and_classes_that_can_be_learned(tmp_path):
    project = replayable(tmp_path, labels=59, evaluation=30)  # the pool's 60th image alone would be of the rare class
    project.record(*(label(image, project.class_ids[0]) for image in project.pool[9:59:10]))
    images = labelled_images_of(project.ws, project.project_id)
    assert images.class_names == ("crazing", "inclusion") and source_of(project).test == 27
    assert len(images.files) == 59 + 27 and images.files[0] == "/data/p/0.png"
    assert images.truth[:10].tolist() == [0, 0, 1, 0, 1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("pool", [40, 55, 100, 400, 3000, 50_000])
@pytest.mark.parametrize("classes", [2, 10])
def test_the_usual_size_leaves_something_to_choose(pool, classes):
    counts = dict.fromkeys(map(str, range(classes)), pool // classes)
    size = workspace.usual_size(workspace.ExperimentSource(kind="path", name="x", class_counts=counts, test=100))
    assert size.initial >= 2 and size.labels <= min(600, pool / 2)
    assert size.rounds * size.batch >= pool / 8 or size.labels > 500


def test_the_sizes_told_of_published_sets_are_those_they_have(tmp_path):
    ws = workspace.open_workspace(tmp_path / "data")
    sources = {source.kind: source for source in workspace.published_sources(ws)}
    assert set(sources) == {"demo", "digits"}, "CIFAR-10 is not at hand"
    for kind in ("digits", "demo"):
        images = result_of(open_source(kind, tmp_path / "images"))
        pool = images.truth if images.test is None else images.truth[~images.test]
        counts = dict(zip(images.class_names, np.bincount(pool).tolist(), strict=True))
        assert dict(sources[kind].class_counts) == counts
        assert sources[kind].test == (None if images.test is None else images.test.sum())
        assert sources[kind].pool == (~draw_test(images.truth, images.test, seed=0)).sum()


def test_cifar10_is_offered_where_its_files_lie_in_the_data_folder(tmp_path):
    ws = workspace.open_workspace(tmp_path / "data")
    (ws.data_dir / "cifar10.parquet").touch()
    source = workspace.published_sources(ws)[-1]
    assert source.kind == "cifar10" and source.spec == f"cifar10={ws.data_dir / 'cifar10.parquet'}"
    assert source.pool == 50_000 and source.test == 10_000


@pytest.fixture
def steel(tmp_path, monkeypatch) -> Path:
    """A folder for imports, with 6 images of two classes."""
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path / "allowed"))
    for i in range(6):
        write_image(tmp_path / "allowed" / "steel" / ("pits" if i < 2 else "scale") / f"{i}.png", seed=i)
    return tmp_path / "allowed" / "steel"


def test_a_folder_within_the_import_roots_is_looked_through(tmp_path, steel):
    ws = workspace.open_workspace(tmp_path / "data")
    source = result_of(workspace.look_at_source(ws, ANN, f" {steel} "))
    assert dict(source.class_counts) == {"pits": 2, "scale": 4} and source.name == "steel" and source.side == 64
    assert source.images is not None and source.pool == 4


def test_a_folder_elsewhere_or_missing_and_other_files_are_refused_in_words(tmp_path, steel):
    ws = workspace.open_workspace(tmp_path / "data")
    for name in ("notes.pdf", "empty.txt"):
        (steel.parent / name).touch()
    refused = {tmp_path: "outside the folders", steel.parent / "notes.pdf": "none of .zip, .csv"}
    for path, words in (refused | {steel.parent / "empty.txt": "has no column that names the images"}).items():
        with pytest.raises(StudioError, match=words):
            result_of(workspace.look_at_source(ws, ANN, str(path)))
    with pytest.raises(NotFound, match="There is no .*/allowed/nothing"):
        result_of(workspace.look_at_source(ws, ANN, str(steel.parent / "nothing")))


def test_a_csv_brings_no_image_from_outside_the_import_roots(tmp_path, steel):
    write_image(tmp_path / "secret" / "9.png", seed=99)
    rows = ["path,label", *(f"steel/{'pits' if i < 2 else 'scale'}/{i}.png,c{i % 2}" for i in range(6))]
    rows += [f"{tmp_path / 'secret' / '9.png'},c0"]
    (steel.parent / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    ws = workspace.open_workspace(tmp_path / "data")
    source = result_of(workspace.look_at_source(ws, ANN, str(steel.parent / "list.csv")))
    assert len(source.images.files) == 6 and not any("secret" in file for file in source.images.files)


def test_strategies_are_called_by_titles_that_tell_them_apart():
    assert titles(("random", "margin", "vabal_plus")) == {
        "random": "random", "margin": "Margin", "vabal_plus": "VaB-AL plus",
    }  # fmt: skip
    assert titles(("gone(margin)",)) == {"gone(margin)": "gone(margin)"}


def test_the_findings_of_a_replay_answer_first_and_say_what_they_cannot_tell(tmp_path, monkeypatch):
    project = replayable(tmp_path)
    read_all(project)
    play_at_once(monkeypatch)
    start(project)
    findings = workspace.read_findings(project.ws, project.project_id, 1)
    assert findings.sentences[0].startswith(("Yes: ", "No: ", "It cannot be told"))
    assert findings.sentences[1].startswith("Highest of 2 is `")
    assert "`scratches`" in findings.sentences[2]
    assert set(findings.discovery["strategy"]) == {"Margin", "random"}
    only, kept, few, images = findings.cautions
    assert "counts every class alike, and `" in images and "one of them is" in images
    assert "Only the 60 images that have a label" in only and "of 80 in the project" in only
    assert "A fifth of these labels was kept" in kept and few == "2 repetitions tell only large differences apart."


def test_a_class_that_all_had_from_the_start_does_not_hide_a_loss():
    rows = experiment_rows({"random": 0.0, "margin": -0.06}, seeds=5)
    rows = rows.assign(class_names=[["a", "b", "c", "d"]] * len(rows))
    request = SimpleNamespace(kind="labels")
    table = discovery(rows, [0])  # of which every run begins with 25 images
    assert _answer(request, summarise(rows), table) == ["No: no strategy did better here than choosing at random."]


def test_labels_that_a_ranking_chose_are_said_to_be_no_random_draw(tmp_path, monkeypatch):
    project = replayable(tmp_path, labels=50)
    project.rank(project.next(), strategy="vabal")
    project.record(*(label(image, project.class_ids[0], round=1) for image in project.next(count=10)))
    read_all(project)
    play_at_once(monkeypatch)
    start(project)
    caution = workspace.read_findings(project.ws, project.project_id, 1).cautions[1]
    assert "no random draw: 50 without a ranking, 10 chosen by `VaB-AL`" in caution


def test_classes_that_the_project_calls_rare_are_the_ones_asked_about(tmp_path, monkeypatch):
    project = replayable(tmp_path)
    workspace.update_settings(project.ws, ANN, project.project_id, rare_class_ids=[project.class_ids[1]])
    read_all(project)
    play_at_once(monkeypatch)
    start(project)
    findings = workspace.read_findings(project.ws, project.project_id, 1)
    assert set(findings.discovery["class_name"]) == {"inclusion"}


def test_the_expected_time_grows_with_runs_and_with_the_auto_encoder(tmp_path):
    project = replayable(tmp_path)
    source, size = source_of(project), workspace.ExperimentSize(initial=6, batch=5, rounds=4, repetitions=3)

    def seconds(*strategies: str, **changes: int) -> float:
        more = replace(size, **changes)
        return workspace.expected_seconds(project.ws, project_of(project), source, strategies, more)

    assert seconds("random") < seconds("random", "margin") < seconds("random", "vabal_plus")
    assert seconds("margin") < seconds("ensemble") < seconds("vabal") < seconds("vaal"), "own models take their time"
    assert seconds("margin") < seconds("margin", repetitions=30)
    before = seconds("margin")
    read_all(project)
    assert seconds("margin") < before, "no image is left to be read"
