"""The figures and tables of the paper (Choi, Yi et al., CVPR 2021) as named experiments, in several forms each.

What is certain of them: the data sets of Fig. 3 a-c, 500 labels and five times 500 more, the network and its schedule
(the authors' code and logs, see reported.py). Where a note says "read as", the choice is this Studio's. The authors'
code trains the VAE at a rate of 0.01, then 0.001, and their logs show 50 epochs; here it learns as the paper says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vabal_core.experiment.figure_forms import Form, find_form
from vabal_core.experiment.plan import Experiment

OURS = ("vabal", "vabal_posterior")
STRATEGIES = (*OURS, "random", "entropy", "bald", "coreset", "vaal")


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One setting of a figure. `settings` differ from the form's; labels asked for are `batch_factor` times its own,
    with as many in all."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    strategies: tuple[str, ...] = STRATEGIES
    batch_factor: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What to run for a figure: `source` with each of the `arms`, by name. `metric` is the column that it shows, and
    `top` whether it is a picture of the images asked for first."""

    title: str
    source: str
    arms: Mapping[str, Arm]
    note: str = ""
    metric: str = "balanced_accuracy"
    top: bool = False


def _panel(letter: str, source: str, note: str = "") -> Figure:
    return Figure(
        title=f"Fig. 3 ({letter}): learning curves on {source}", source=source, arms={"all": Arm()}, note=note
    )


def _settings(name: str, *values: Any, strategies: tuple[str, ...] = OURS) -> dict[str, Arm]:
    """An arm for each value of a setting, and random, which has none."""
    arms = {
        f"{name}={value}".removesuffix(".0"): Arm(settings={name: value}, strategies=strategies) for value in values
    }
    return {"reference": Arm(strategies=("random",)), **arms}


LAMBDA = _settings("class_weight", 0.0, 0.0005, 0.005, 0.05, 0.5)
UNSURE_PANEL = "Read as the first, the middle and the last classes of CIFAR-100, as panels a to c are of CIFAR-10."

FIGURES = {
    "3a": _panel("a", "cifar10+[1]"),
    "3b": _panel("b", "cifar10+[5]"),
    "3c": _panel("c", "cifar10+[10]"),
    "3d": _panel("d", "cifar100+[1:10]", UNSURE_PANEL),
    "3e": _panel("e", "cifar100+[45:55]", f"{UNSURE_PANEL} The range holds both of its ends, so eleven classes."),
    "3f": _panel("f", "cifar100+[91:100]", UNSURE_PANEL),
    "4": Figure(
        title="Fig. 4: the images that each strategy wants most",
        source="cifar10+[1]",
        arms={"all": Arm()},
        note="Read as the ranking after the first labels, drawn at random.",
        top=True,
    ),
    "5": Figure(
        title="Fig. 5: as many labels in all, asked for in smaller and larger batches",
        source="cifar10+[1]",
        arms={
            f"batch x {factor:g}": Arm(strategies=(*OURS, "random", "entropy"), batch_factor=factor)
            for factor in (0.5, 1.0, 2.0)
        },
        note="Read as a half of, once and twice the labels a round, the same number in all.",
    ),
    "6": Figure(
        title="Fig. 6: learning curves with ResNet-34",
        source="cifar10+[1]",
        arms={"resnet34": Arm(settings={"backbone": "resnet34"})},
        note="In the form narrow it has all of its channels; in the form frozen its published weights are downloaded.",
    ),
    "7": Figure(
        title="Fig. 7: share of the rare classes among the labels",
        source="cifar10+[1]",
        arms={"all": Arm()},
        note="The same runs as Fig. 3 (a).",
        metric="rare_share",
    ),
    "8": Figure(
        title="Fig. 8: lambda of Eq. 9, and 0",
        source="cifar10+[1]",
        arms=LAMBDA,
        note="Read as the learning curves for lambda around the paper's 0.005; Fig. 9 is of the other dominant class.",
    ),
    "9": Figure(
        title="Fig. 9: lambda of Eq. 9, and 0, on a second data set",
        source="cifar10+[10]",
        arms=LAMBDA,
        note="Read as Fig. 8 on another data set.",
    ),
    "table1": Figure(
        title="Table 1: the joint score without the prior, without the reliability, without both",
        source="cifar10+[1]",
        arms={
            "reference": Arm(strategies=("random",)),
            "all terms": Arm(strategies=("vabal",)),
            "no prior": Arm(settings={"use_prior": False}, strategies=("vabal",)),
            "no reliability": Arm(settings={"use_reliability": False}, strategies=("vabal",)),
            "likelihood alone": Arm(settings={"use_prior": False, "use_reliability": False}, strategies=("vabal",)),
        },
        note="With equal reliabilities Eq. 5 as printed is constant, so the rows without them cannot be of it.",
    ),
    "table2": Figure(
        title="Table 2: the latent energy w_n of Eq. 6",
        source="cifar10+[1]",
        arms=_settings("latent_energy", "square", "absolute", "sigmoid"),
    ),
}


def find_figure(name: str) -> Figure:
    """The figure called `name`; ValueError names those there are."""
    if name not in FIGURES:
        raise ValueError(f"figure {name!r} is unknown: choose one of {', '.join(FIGURES)}")
    return FIGURES[name]


def experiments(
    name: str, form_name: str, source: str = "", seeds: int | None = None, **labels: int | None
) -> dict[str, Experiment]:
    """The experiments of a figure in a form, by the names of its arms.

    `source` is where its data set lies, as "cifar10=FILE": the figure's variant is put behind it. Any other source is
    taken as it stands, in grey at 64 pixels where a network learns from scratch. `seeds`, and of
    `labels` initial, batch and rounds: instead of the form's, where not None.
    ValueError where there is no such figure or form.
    """
    figure, form = find_figure(name), find_form(form_name)
    form = replace(form, **{size: count for size, count in labels.items() if count is not None})
    spec, pixels = _placed(figure.source, form, source)
    return {
        label: Experiment(
            source=spec,
            strategies=arm.strategies,
            seeds=tuple(range(form.seeds if seeds is None else seeds)),
            preset=form.preset,
            overrides={**form.overrides, **pixels, **arm.settings},
            **_labels(form, arm.batch_factor),
        )
        for label, arm in figure.arms.items()
    }


def _placed(own: str, form: Form, source: str) -> tuple[str, Mapping[str, Any]]:
    """The spec to open, and the settings of its pixels."""
    data_set, variant = own[: own.index("+")], own[own.index("+") :]
    if source and source != data_set and not source.startswith(f"{data_set}="):
        return source, form.other_pixels
    return f"{source or data_set}{variant}{form.small}", form.pixels


def _labels(form: Form, factor: float) -> dict[str, int]:
    """So many labels at first and a round, as many in all as in the form."""
    initial, batch = round(form.initial * factor), round(form.batch * factor)
    return {"initial": initial, "batch": batch, "rounds": (form.total - initial) // max(1, batch)}
