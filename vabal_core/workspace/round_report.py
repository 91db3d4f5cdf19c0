"""What a finished round says of itself: frames ready to plot, and warnings in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import pandas as pd

from vabal_core import config as presets
from vabal_core.loop.report import Histogram, RoundReport, report_of
from vabal_core.query.strategies import strategy_if_any
from vabal_core.types import Round, StudioError
from vabal_core.workspace.projects import class_names, require_project
from vabal_core.workspace.rounds import list_rounds
from vabal_core.workspace.trust import (
    LOW_AGREEMENT,
    agreement_percent,
    has_low_agreement,
    no_better_than_guessing,
    one_sided,
    percent,
    ranks_by_auto_encoder,
    reads_bayes,
)
from vabal_core.workspace.workspace import Workspace

HARDLY = 0.1  # of the images that a class's share of the labels would give it
MAX_NAMES = 6  # in one sentence
OF_EVERY_ROUND = {
    "classifier_losses": "the loss curve of the classifier",
    "predicted_counts": "how many images each class was predicted for",
}
OF_AUTO_ENCODER = {
    "agreement": "the agreement",
    "draw_share": "how the auto-encoder's draws fall",
    "vae_losses": "the loss curve of the auto-encoder",
}
# the terms of Bayes' rule
OF_BAYES = {
    "reliability": "the reliability of each class",
    "prior": "how common each class is taken to be",
    "difficulty_counts": "how many images each reliability is read from",
    "likelihood_histogram": "the likelihoods of each class",
}
OF_NETWORKS = ("classifier_losses",)  # a head on frozen features is solved for, not trained pass by pass
# setting -> what a round does not tell where it is off
ABLATIONS = {"use_reliability": ("reliability", "difficulty_counts"), "use_prior": ("prior",)}


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """A finished round, looked at. None, a NaN or an empty frame: the round left nothing to read it from.

    prior_from   how many images the prior is read from
    classes      a row a class: name; labelled, label_share (learned from); reliability (Eq. 10), read_from
                 (labelled images); prior (Eq. 11); draw_share (of the auto-encoder's draws of ranked images);
                 predicted, predicted_share (of the ranked)
    losses       network ("classifier", "auto-encoder"), epoch (from 1), loss
    likelihood   name, left, right, count: log p(x | class) of the ranked images predicted as that class
    settings     setting, value, preset (texts): where the round's settings differ from its preset
    seconds      phase, seconds
    warnings     what is wrong, what it means and what to do, in words that everybody knows
    advice       what else could be done about it, for specialists
    absent       what this round cannot tell, and why
    """

    round: Round
    report: RoundReport
    prior_from: int | None
    classes: pd.DataFrame
    losses: pd.DataFrame
    likelihood: pd.DataFrame
    settings: pd.DataFrame
    seconds: pd.DataFrame
    warnings: tuple[str, ...]
    advice: tuple[str, ...]
    absent: tuple[str, ...]


def diagnose_round(ws: Workspace, project_id: int, round_number: int) -> Diagnosis:
    """Look at one finished round. ValueError for an unknown project or round, StudioError where it is not finished."""
    require_project(ws, project_id)
    by_number = {round_.number: round_ for round_ in list_rounds(ws, project_id)}
    if round_number not in by_number:
        raise ValueError(f"project {project_id} has no round {round_number}; it has {len(by_number)}")
    done = by_number[round_number]
    if done.state != "done":
        raise StudioError(f"Round {round_number} is {done.state} and left no result: choose a finished one.")
    names = class_names(ws, project_id)
    return _diagnose(done, [names[class_id] for class_id in done.class_ids])


def _diagnose(done: Round, names: Sequence[str]) -> Diagnosis:
    report = report_of(done)
    by_class = _classes(report, names)
    from_pool = done.config.get("prior_from") == "pool"
    return Diagnosis(
        round=done,
        report=report,
        prior_from=report.ranked if from_pool else done.labelled,
        classes=by_class,
        losses=_losses(report),
        likelihood=_likelihood(report, names),
        settings=_settings(done),
        seconds=pd.DataFrame(list((report.seconds or {}).items()), columns=["phase", "seconds"]),
        warnings=tuple(_warnings(done.strategy, report, by_class)),
        advice=tuple(_advice(done.strategy, report)),
        absent=tuple(_absent(done, report)),
    )


def _classes(report: RoundReport, names: Sequence[str]) -> pd.DataFrame:
    columns = {
        "labelled": "labelled_counts",
        "reliability": "reliability",
        "read_from": "difficulty_counts",
        "prior": "prior",
        "draw_share": "draw_share",
        "predicted": "predicted_counts",
    }
    unknown = [float("nan")] * len(names)
    frame = pd.DataFrame({column: getattr(report, name) or unknown for column, name in columns.items()}, dtype=float)
    frame.insert(0, "name", names)
    return frame.assign(
        label_share=frame["labelled"] / frame["labelled"].sum(),
        predicted_share=frame["predicted"] / frame["predicted"].sum(),
    )


def _losses(report: RoundReport) -> pd.DataFrame:
    by_network = {"classifier": report.classifier_losses, "auto-encoder": report.vae_losses}
    rows = [
        (network, epoch, loss)
        for network, losses in by_network.items()
        for epoch, loss in enumerate(losses or (), start=1)
    ]
    return pd.DataFrame(rows, columns=["network", "epoch", "loss"])


def _likelihood(report: RoundReport, names: Sequence[str]) -> pd.DataFrame:
    histogram = report.likelihood_histogram or Histogram(edges=(), counts=((),) * len(names))
    rows = [
        (name, left, right, count)
        for name, counts in zip(names, histogram.counts, strict=True)
        for (left, right), count in zip(pairwise(histogram.edges), counts, strict=True)
    ]
    return pd.DataFrame(rows, columns=["name", "left", "right", "count"])


def _settings(done: Round) -> pd.DataFrame:
    """As texts: one column of a frame holds one kind of value."""
    usual = {name: retired.default for name, retired in presets.RETIRED.items()}
    usual |= presets.to_json(presets.preset(done.preset)) if done.preset in presets.PRESETS else {}
    rows = [
        (name, str(value), str(usual.get(name, "")))
        for name, value in done.config.items()
        if name not in usual or value != usual[name]
    ]
    return pd.DataFrame(rows, columns=["setting", "value", "preset"])


def _warnings(strategy: str, report: RoundReport, by_class: pd.DataFrame) -> Iterator[str]:
    if report.unreadable:
        yield f"{report.unreadable:,} images could not be read and took no part. Are their files still where they were?"
    if report.changed_images:
        yield _changed(report.changed_images)
    if has_low_agreement(report):
        yield _low_agreement(report, strategy)
    without = by_class[by_class["labelled"] == 0]
    if len(without):
        yield (
            f"No image was labelled {_listed(without)} when this round began: the model cannot recognise what it was "
            "never shown. Label some images of it and start another round; if it does not occur here, leave it."
        )
    yield from _one_sided(report, by_class["name"])
    hardly = by_class["predicted_share"] < HARDLY * by_class["label_share"]
    unnamed = by_class[(by_class["labelled"] > 0) & ((by_class["predicted"] == 0) | hardly)]
    if len(unnamed):
        few = "none" if not unnamed["predicted"].any() else "none or hardly any"
        yield (
            f"The model takes {few} of the ranked images for {_listed(unnamed, 'labelled')}. Either few are left among "
            "them, or the model takes them for another class: the Progress page shows what is taken for what. "
            "Label more of it where you meet it, and start another round."
        )
    yield from _no_better_than_guessing(report)


def _changed(images: int) -> str:
    which = (
        "1 image took no part: its file held" if images == 1 else f"{images:,} images took no part: their files held"
    )
    return (
        f"{which} another picture than was imported, and labels belong to the pictures of before. The Data page shows "
        "what has changed: restore the files there, or take the new pictures as new images."
    )


def _one_sided(report: RoundReport, names: Sequence[str]) -> Iterator[str]:
    for place, predicted, labelled in one_sided(report):
        yield (
            f"The model calls {percent(predicted)} of the ranked images “{names[place]}”, which has "
            f"{percent(labelled)} of your labels. Do not trust this ranking yet, however well its two "
            "models agree: label more of the other classes and start another round."
        )


def _no_better_than_guessing(report: RoundReport) -> Iterator[str]:
    if (guessing := no_better_than_guessing(report)) is not None:
        right, chance = guessing
        yield (
            f"On the evaluation images the model finds on average {percent(right)} of each class; guessing "
            f"finds {percent(chance)}. It has learned next to nothing yet: label more of every class, or let it "
            "learn longer."
        )


def _low_agreement(report: RoundReport, strategy: str) -> str:
    least, share, ranked = round(100 * LOW_AGREEMENT), agreement_percent(report), report.ranked
    images = f"{share} % of the {ranked:,} images ranked" if ranked else f"{share} % of the images"
    role, means = (
        ("ranks the images", "its ranking is little better than chance")
        if ranks_by_auto_encoder(strategy)
        else ("has a say in the ranking", "it knows the classes too little to be of help")
    )
    return (
        f"The second model, which {role}, names the same class as the first for only {images}; under {least} % "
        f"{means}. Label more and start another round."
    )


def _advice(strategy: str, report: RoundReport) -> Iterator[str]:
    if has_low_agreement(report):
        safer = "Entropy" if ranks_by_auto_encoder(strategy) else "Margin, novel"
        yield (
            "Where the auto-encoder agrees too seldom with the classifier, more labels help, or learning longer "
            f"(settings vae_epochs and vae_least_steps); until then {safer} chooses more safely."
        )


def _listed(rows: pd.DataFrame, count: str = "") -> str:
    """The classes' names in quotes, as a person would list them; `count` names the column of labels to add, if any."""
    texts = [f"“{row['name']}”" + (f" (labels: {row[count]:,.0f})" if count else "") for _, row in rows.iterrows()]
    if len(texts) > MAX_NAMES:
        texts = [*texts[:MAX_NAMES], f"{len(texts) - MAX_NAMES} more classes"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _absent(done: Round, report: RoundReport) -> Iterator[str]:
    strategy = strategy_if_any(done.strategy)
    with_auto_encoder = strategy is None or strategy.reads_auto_encoder
    with_bayes = strategy is None or reads_bayes(strategy)
    bayes = "reliability, how common each class is taken to be and likelihoods"
    if not with_auto_encoder:
        yield (
            f"This round chose by {strategy.title}, without VaB-AL's auto-encoder: agreement, {bayes} are known of "
            "VaB-AL rounds only."
        )
    elif not with_bayes:
        yield (
            f"This round chose by {strategy.title}, which reads of the auto-encoder the classes of its draws alone: "
            f"{bayes} are known of rounds by VaB-AL itself only."
        )
    ablated = [names for setting, names in ABLATIONS.items() if not done.config.get(setting, True)]
    if with_bayes and ablated:
        yield f"Left out of this round's ranking by its settings: {', '.join(OF_BAYES[names[0]] for names in ablated)}."
    if report.strength is not None:
        ablated.append(OF_NETWORKS)
    kept_now = OF_EVERY_ROUND | (OF_AUTO_ENCODER if with_auto_encoder else {}) | (OF_BAYES if with_bayes else {})
    expected = {name: text for name, text in kept_now.items() if name not in chain(*ablated)}
    lacking = [text for name, text in expected.items() if getattr(report, name) is None]
    if lacking:
        yield f"Not kept with this round, but with every new one: {', '.join(lacking)}."
