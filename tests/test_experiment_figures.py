"""The paper's figures as experiments: what each runs in each form, what it says, and the picture of top samples."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from image_files import write_image
from long_work import result_of
from PIL import Image

from vabal_core.config import Config
from vabal_core.experiment import command, console
from vabal_core.experiment.figure_forms import FORMS, SHORT_SCHEDULE
from vabal_core.experiment.figure_report import figure_lines, write_figure
from vabal_core.experiment.figures import FIGURES, STRATEGIES, Arm, experiments
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.prepare import prepare
from vabal_core.experiment.reported import REPORTED
from vabal_core.experiment.source import Source
from vabal_core.experiment.top_samples import TopSamples, draw_samples, top_samples
from vabal_core.experiment.variants import split_variants, vary
from vabal_core.experiment.work import work
from vabal_core.images.decode import read_pixels
from vabal_core.loop.events import Work
from vabal_core.loop.fit import fit
from vabal_core.loop.fitted import Fitted
from vabal_core.loop.task import RoundTask
from vabal_core.types import UNLABELLED

CIFAR10 = "cifar10=/data/cifar10.parquet"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_an_experiment_in_every_form(name: str, form: str) -> None:
    for experiment in experiments(name, form).values():
        configs = [experiment.config_of(strategy, {}) for strategy in experiment.strategies]
        assert {config.colour for config in configs} == {True}
        assert {config.mirrors for config in configs} == {False}  # objects have an up
        assert experiment.source.startswith(FIGURES[name].source)
        base, variants = split_variants(experiment.source)
        assert base in ("cifar10", "cifar100")
        vary(ten_classes(100 if base == "cifar100" else 10), variants)  # the figure's variants are understood


def ten_classes(count: int) -> Source:
    """A source of 60 pool and 20 test images a class."""
    truth = np.repeat(np.arange(count), 80)
    return Source(
        name="made",
        files=tuple(map(str, range(len(truth)))),
        fingerprints=tuple(f"{row:064x}" for row in range(len(truth))),
        truth=truth,
        test=np.tile(np.arange(80) < 20, count),
        class_names=tuple(map(str, range(count))),
    )


def test_the_full_forms_are_the_papers_sizes() -> None:
    for form in ("full", "published"):
        experiment = experiments("3a", form)["all"]
        assert (experiment.initial, experiment.batch, experiment.rounds, len(experiment.seeds)) == (500, 500, 5, 3)
        assert experiment.source == "cifar10+[1]"
        assert experiment.strategies == STRATEGIES
        config = experiment.config_of("random", {})
        assert (config.backbone, config.epochs, config.stem, config.image_size) == ("resnet18", 200, "3x3", 32)
        assert (config.optimiser, config.learning_rate, config.drop_epoch) == ("sgd", 0.1, 160)
        assert config.flips == "horizontal"
    assert experiments("3a", "published")["all"].config_of("vabal_posterior", {}).reduction == "sum"


def test_the_narrow_form_is_the_studios_own_schedule_on_a_quarter_of_the_channels() -> None:
    config = experiments("3b", "narrow")["all"].config_of("random", {})
    plain = Config(backbone="resnet18-quarter", stem="3x3", colour=True, image_size=32)
    assert {name: getattr(config, name) for name in SHORT_SCHEDULE} == {n: getattr(plain, n) for n in SHORT_SCHEDULE}
    assert config == plain


def test_a_file_takes_the_place_of_the_figures_data_set_and_keeps_its_variant() -> None:
    assert experiments("3c", "full", CIFAR10)["all"].source == f"{CIFAR10}+[10]"
    assert experiments("3c", "frozen", CIFAR10)["all"].source == f"{CIFAR10}+[10]~test(2000)"


def test_another_source_is_taken_as_it_stands() -> None:
    experiment = experiments("table1", "narrow", "steel.zip", seeds=5)["no prior"]
    assert experiment.source == "steel.zip"
    assert experiment.seeds == (0, 1, 2, 3, 4)
    config = experiment.config_of("vabal", {})
    assert (config.colour, config.image_size, config.stem, config.use_prior) == (False, 64, "7x7", False)


def test_arms_of_different_batches_ask_for_as_many_labels() -> None:
    arms = experiments("5", "full")
    assert {name: (arm.initial, arm.batch, arm.rounds) for name, arm in arms.items()} == {
        "batch x 0.5": (250, 250, 11),
        "batch x 1": (500, 500, 5),
        "batch x 2": (1000, 1000, 2),
    }


def test_a_source_of_fewer_images_is_asked_for_fewer_labels() -> None:
    sizes = {"initial": 20, "batch": 10, "rounds": 4}
    (experiment,) = experiments("3a", "frozen", "digits", **sizes).values()
    assert {name: getattr(experiment, name) for name in sizes} == sizes
    (usual,) = experiments("3a", "frozen", "digits", initial=None, batch=None, rounds=None).values()
    assert (usual.initial, usual.batch, usual.rounds) == (500, 500, 5)
    assert {arm.initial + arm.batch * arm.rounds for arm in experiments("5", "frozen", "digits", **sizes).values()} == {
        60
    }
    with pytest.raises(ValueError, match="batch=0: give 1 or more"):
        experiments("3a", "frozen", "digits", batch=0)


def test_lambda_has_an_arm_without_it_and_the_tables_their_rows() -> None:
    lambdas = experiments("8", "frozen")
    values = [arm.overrides["class_weight"] for name, arm in lambdas.items() if name != "reference"]
    assert values == [0, 0.0005, 0.005, 0.05, 0.5]
    assert lambdas["reference"].strategies == ("random",)
    energies = [arm.overrides.get("latent_energy") for arm in experiments("table2", "frozen").values()]
    assert energies == [None, "square", "absolute", "sigmoid"]
    ablation = {
        name: (arm.config_of("vabal", {}).use_prior, arm.config_of("vabal", {}).use_reliability)
        for name, arm in experiments("table1", "full").items()
    }
    assert ablation == {
        "reference": (True, True),
        "all terms": (True, True),
        "no prior": (False, True),
        "no reliability": (True, False),
        "likelihood alone": (False, False),
    }


def test_a_figure_or_form_that_is_not_there_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="figure '3g' is unknown: choose one of 3a, 3b"):
        experiments("3g", "full")
    with pytest.raises(ValueError, match="form 'big' is unknown: choose one of frozen, narrow, full, published"):
        experiments("3a", "big")


def results() -> pd.DataFrame:
    """Two strategies, two seeds, rounds 0 and 1."""
    rows = [
        {"source": "cifar10+[1]~test(2000)", "strategy": strategy, "seed": seed, "round": number, "labels": labels,
         "balanced_accuracy": value + 0.02 * seed, "rare_share": 0.25}
        for strategy, values in (("vabal", (0.3, 0.5)), ("random", (0.3, 0.4)))
        for seed in (0, 1)
        for number, (labels, value) in enumerate(zip((500, 1000), values, strict=True))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_figure_says_its_form_its_numbers_and_those_published(tmp_path: Path) -> None:
    write_figure(tmp_path / "figure.md", "3a", "frozen", {"all": results()})
    text = (tmp_path / "figure.md").read_text(encoding="utf-8")
    assert f"Form `frozen`: {FORMS['frozen'].words}." in text
    # vabal: mean of .30, .50, .32, .52, and of .50, .52 after the last round
    assert "| `cifar10+[1]~test(2000)` | all | `vabal` | 41.0 | 51.0 | +5.0 | 1,000 | 2 |" in text
    assert "| `cifar10+[1]~test(2000)` | all | `random` | 36.0 | 41.0 |  | 1,000 | 2 |" in text
    assert "| `cifar10+[1]` | `vabal` | 54.2 | 70.3 | mean of trials | Choi, Yi et al., CVPR 2021 |" in text
    assert "dominant class" not in text and "cifar10+[5]" not in text  # of another variant


def test_a_figure_of_another_source_shows_nothing_published() -> None:
    lines = figure_lines("7", "full", {"all": results().assign(source="steel")})
    assert "authors report" not in "\n".join(lines)
    assert "| `steel` | all | `vabal` | 25.0 | 25.0 | +0.0 | 1,000 | 2 |" in lines


def test_published_averages_are_means_of_what_the_logs_say() -> None:
    row = next(row for row in REPORTED if (row.source, row.strategy, row.seed) == ("cifar10+[5]", "random", 0))
    # 31.47, 35.58, 42.25, 48.62, 52.12, 57.75
    assert (row.average, row.final) == (44.63, 57.75)


@pytest.fixture
def small_experiment(tmp_path: Path) -> tuple[Folders, Experiment]:
    images = tmp_path / "steel"
    for seed in range(40):
        write_image(images / "ab"[seed % 2] / f"{seed}.png", seed)
    experiment = Experiment(
        source=str(images),
        strategies=("random", "entropy", "margin"),
        seeds=(0,),
        initial=8,
        batch=4,
        rounds=1,
        preset="paper",
        overrides={"epochs": 1, "image_size": 32, "stem": "7x7", "backbone": "resnet18-quarter"},
    )
    return Folders(out=tmp_path / "out", features=tmp_path / "features", images=tmp_path / "images"), experiment


def test_top_samples_are_what_each_strategy_asks_for_from_the_same_labels(
    small_experiment: tuple[Folders, Experiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, experiment = small_experiment
    write_plan(folders.out, experiment)
    prepared = result_of(prepare(folders))
    trainings = []

    def counted(task: RoundTask, *args: Any, **names: Any) -> Work[Fitted]:
        trainings.append(task)
        return fit(task, *args, **names)

    monkeypatch.setattr("vabal_core.experiment.top_samples.fit", counted)
    samples = result_of(top_samples(prepared, seed=0, count=5))
    assert [sample.strategy for sample in samples] == ["random", "entropy", "margin"]
    (task,) = trainings  # shared
    for sample in samples:
        assert len(set(sample.rows.tolist())) == 5
        assert (task.labels[sample.rows] == UNLABELLED).all()
        assert not task.evaluation[sample.rows].any()


def test_the_sheet_holds_an_image_for_each_sample_and_names_mistakes_in_red(tmp_path: Path) -> None:
    files = [str(write_image(tmp_path / f"{seed}.png", seed)) for seed in range(4)]
    source = Source(
        name="steel",
        files=tuple(files),
        fingerprints=tuple("abcd"),
        truth=np.array([0, 1, 0, 1]),
        test=None,
        class_names=("scratch", "patch"),
    )
    samples = [
        TopSamples(strategy="random", rows=np.array([2, 1]), predicted=np.array([0, 1])),
        TopSamples(strategy="entropy", rows=np.array([3, 0]), predicted=np.array([1, 1])),
    ]
    pixels = np.asarray(draw_samples(source, samples, "Fig. 4"))
    red = (pixels[:, :, 0] > 200) & (pixels[:, :, 1] < 80) & (pixels[:, :, 2] < 80)
    rows, columns = np.nonzero(red)
    half, middle = pixels.shape[0] // 2, 150 + 64
    assert len(rows) and rows.min() > half and columns.min() > middle  # the second strategy's second image alone
    first = pixels[28:92, 150:214]
    shown = np.kron(read_pixels(Path(files[2])), np.ones((8, 8), np.uint8))
    assert np.array_equal(first, np.repeat(shown[:, :, None], 3, 2))


def run(*arguments: str) -> int:
    return command.main(arguments, "simulate")


@pytest.fixture
def two_small_arms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Table 2 and Fig. 4 as they would be of a handful of images, in this process."""
    small = replace(
        FORMS["frozen"],
        preset="paper",
        overrides={"epochs": 1, "backbone": "resnet18-quarter", "vae_epochs": 1, "draws": 2},
        other_pixels={"image_size": 32, "stem": "7x7"},
        initial=6,
        batch=3,
        rounds=1,
        seeds=1,
    )
    monkeypatch.setitem(FORMS, "frozen", small)
    arms = {"a b": Arm(strategies=("random",)), "c": Arm(strategies=("entropy",))}
    monkeypatch.setitem(FIGURES, "table2", replace(FIGURES["table2"], arms=arms))
    monkeypatch.setitem(FIGURES, "4", replace(FIGURES["4"], arms={"all": Arm(strategies=("random", "entropy"))}))
    monkeypatch.setattr(console, "play_in_processes", lambda places, processes: work(places))


def test_the_command_runs_each_arm_in_a_folder_and_writes_what_they_say(
    tmp_path: Path, two_small_arms: None, capfd: pytest.CaptureFixture[str]
) -> None:
    for seed in range(30):
        write_image(tmp_path / "steel" / "ab"[seed % 2] / f"{seed}.png", seed)
    arguments = [str(tmp_path / "steel"), "--out", str(tmp_path / "out")]
    assert run(*arguments, "--figure", "table2", "--batch", "4") == 0
    text = (tmp_path / "out" / "figure-table2-frozen.md").read_text(encoding="utf-8")
    assert "Not of the form's size: 10 labels in all, where the form has 9." in text
    assert "| `steel` | a b | `random` |" in text and "| `steel` | c | `entropy` |" in text
    assert sorted(file.parent.name for file in (tmp_path / "out").glob("*/results.parquet")) == ["a-b", "c"]
    assert run(*arguments, "--figure=4") == 0
    with Image.open(tmp_path / "out" / "figure-4-frozen.png") as sheet:
        assert sheet.height > 2 * 64
    assert "figure-4-frozen.png" in capfd.readouterr().out


def test_arms_of_which_no_run_has_a_round_are_said_to_have_failed(
    tmp_path: Path, two_small_arms: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMS, "frozen", replace(FORMS["frozen"], initial=40, batch=40))
    for seed in range(30):
        write_image(tmp_path / "steel" / "ab"[seed % 2] / f"{seed}.png", seed)
    assert run(str(tmp_path / "steel"), "--out", str(tmp_path / "out"), "--figure", "table2") == 1
    printed = capfd.readouterr().err
    assert (
        "random, seed 0, has failed: The experiment starts from 40 labels" in printed and "entropy, seed 0" in printed
    )
    assert (tmp_path / "out" / "figure-table2-frozen.md").exists()


@pytest.mark.parametrize(
    ("more", "words", "status"),
    [
        (["--figure", "3z"], "invalid choice: '3z'", 2),
        (["--figure", "3a", "--strategies", "random"], "unrecognized arguments: --strategies", 2),
        (["--figure", "3a", "--seeds", "0"], "seeds=none", 1),
        (["--figure", "3a", "--processes", "0"], "--processes 0: give 1 or more", 1),
    ],
)
def test_what_is_wrong_with_the_command_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], more: list[str], words: str, status: int
) -> None:
    try:
        left = run("--out", str(tmp_path / "out"), *more)
    except SystemExit as end:
        left = end.code
    assert left == status
    assert words in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_help_names_every_figure_and_form(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--figure", "3a", "--help")
    text = capfd.readouterr().out
    assert all(figure.title in text for figure in FIGURES.values())
    assert all(form.words in text for form in FORMS.values())
