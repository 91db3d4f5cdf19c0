"""A finished round on the Rounds page: which one, what to beware of, what it knows of each class, how it was made."""

from collections.abc import Sequence
from math import ceil

import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.types import Round
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import PHASES, duration, percent, plain, round_duration
from vabal_core.ui.charts import rounds as figures
from vabal_core.ui.views.progress import chart, side_by_side
from vabal_core.ui.views.round_list import choose_round
from vabal_core.ui.views.round_settings import PRESETS, strategy_name
from vabal_core.workspace import Diagnosis

AGREEMENT = (
    "How often the auto-encoder, which has its say in the ranking, names the same class as the classifier. "
    "Below 80 % it knows the classes too little to be trusted."
)
DRAWS = "Of the auto-encoder's draws for the ranked images, how many fall in the class."
SHARES = ("label_share", "reliability", "prior", "predicted_share", "draw_share")
ORDER = [
    "name", "labelled", "label_share", "reliability", "read_from", "prior", "predicted", "predicted_share",
    "draw_share",
]  # fmt: skip


def diagnosis_view(context: PageContext, finished: Sequence[Round]) -> None:
    """Choose one of the finished rounds, the newest at first, and look at it."""
    number = choose_round(context, finished)
    diagnosis = workspace.diagnose_round(context.ws, context.project.id, number)
    strategy = workspace.strategy_if_any(diagnosis.round.strategy)
    with_auto_encoder = strategy is not None and strategy.reads_auto_encoder
    whose = "VaB-AL's diagnosis of" if with_auto_encoder else "What is known of"
    st.subheader(f"{whose} round {number}", anchor=False)
    if number != finished[-1].number:  # those of the newest stand on the page itself
        for text in diagnosis.warnings:
            st.warning(plain(text), icon=":material/warning:")
    _numbers(diagnosis)
    if diagnosis.report.certified_ratio is not None:
        st.caption(_cover_words(diagnosis))
    for text in (*diagnosis.advice, *diagnosis.absent):
        st.caption(plain(text))
    side_by_side("pair")
    _of_each_class(diagnosis)
    _curves(diagnosis)
    _record(diagnosis)


def _numbers(diagnosis: Diagnosis) -> None:
    with st.container(horizontal=True, key="diagnosis_numbers"):
        if diagnosis.report.agreement is not None:
            st.metric("Agreement", percent(diagnosis.report.agreement, 1), help=AGREEMENT)
        st.metric("Labels learned from", f"{diagnosis.round.labelled:,}")
        if diagnosis.report.ranked is not None:
            ranked = f"{diagnosis.report.ranked:,}"
            st.metric("Images ranked", ranked, help="Every readable pool image without a label.")
        st.metric("Took", round_duration(diagnosis.round))


def _cover_words(diagnosis: Diagnosis) -> str:
    chosen = min(diagnosis.round.batch, diagnosis.report.ranked or diagnosis.round.batch)
    times = ceil(round(100 * diagnosis.report.certified_ratio, 6)) / 100  # at most: never rounded down
    images = f"{chosen:,} image{'' if chosen == 1 else 's'}"
    if times == 1:
        return f"The {images} that it put first cover the pool: no other choice of {images} could do so better."
    return (
        f"How well the {images} that it put first cover the pool: of all images, the one least like any labelled or "
        f"chosen image is at most {times:.2f} times as unlike them as with the best choice of {images} there is."
    )


def _of_each_class(diagnosis: Diagnosis) -> None:
    frame = diagnosis.classes
    with st.container(horizontal=True, key="pair_classes", gap="large"):
        if not frame["reliability"].isna().all():
            with st.container():
                text = _reliability_words(diagnosis)
                chart("Reliability of each class", text, figures.reliability(frame), "reliability")
        if not frame["labelled"].isna().all():
            with st.container():
                chart("How common each class is", _common_words(diagnosis), figures.commonness(frame), "commonness")
    if not diagnosis.likelihood.empty:
        text = (
            "One small histogram a class: the ranked images predicted as it (in brackets how many), by the "
            "auto-encoder's log-likelihood. Further left an image is less like its class; VaB-AL tends to ask about "
            "those first. Each is drawn as high as its highest bar."
        )
        chart("How well the images fit their class", text, figures.likelihood(diagnosis.likelihood), "likelihood")
    with st.expander("These numbers as a table"):
        _table(frame)


def _reliability_words(diagnosis: Diagnosis) -> str:
    model = "the auto-encoder takes" if diagnosis.report.is_in_sample else "a model took"
    text = f"Of the labelled images that {model} for this class, how many are. "
    if not diagnosis.classes["read_from"].isna().all():
        text += (
            "In brackets: labelled images it is read from; where they are few it leans to the average of all classes. "
        )
    if diagnosis.report.is_in_sample:
        return text + "The classifier learned from these very images: on others the networks are right less often."
    return text + "Read from images that the classifier judging them had not learned from."


def _common_words(diagnosis: Diagnosis) -> str:
    text = "In brackets: your labels of the class. "
    if diagnosis.classes["prior"].isna().all():
        return text + "Far apart: the model sees the class more, or less, often than you labelled it."
    images = f"{diagnosis.prior_from:,} images"
    return text + f"How common the ranking takes a class to be (the prior) is read from {images}."


def _table(frame: pd.DataFrame) -> None:
    shares = {name: 100 * frame[name] for name in SHARES}
    table = frame.assign(**shares)[ORDER].dropna(axis="columns", how="all")
    number, share = st.column_config.NumberColumn, "%.1f %%"
    columns = {
        "name": "Class",
        "labelled": number("Labels", format="localized", help="Labels of the class that the round learned from."),
        "label_share": number("of all labels", format=share),
        "reliability": number("Reliability", format=share, help="How often the label agrees where the model says so."),
        "read_from": number("read from", format="localized", help="Labelled images that the reliability is read from."),
        "prior": number("Prior", format=share, help="How common the ranking takes the class to be."),
        "predicted": number(
            "Predicted", format="localized", help="Ranked images that the classifier takes for the class."
        ),
        "predicted_share": number("of all ranked", format=share),
        "draw_share": number("Draws", format=share, help=DRAWS),
    }
    st.dataframe(table, hide_index=True, column_config=columns, width="stretch")


def _curves(diagnosis: Diagnosis) -> None:
    passes = {"classifier": "over your labels", "auto-encoder": "over the unlabelled images"}
    with st.container(horizontal=True, key="pair_losses", gap="large"):
        for network, rows in diagnosis.losses.groupby("network", sort=False):
            text = f"Its error after each pass {passes[network]}: a curve still falling at the end could learn longer."
            figure = figures.losses(rows["loss"], from_zero=network == "classifier")
            with st.container():
                chart(f"How the {network} learned", text, figure, f"loss_{network}")


def _record(diagnosis: Diagnosis) -> None:
    round_, report = diagnosis.round, diagnosis.report
    preset = PRESETS.get(round_.preset, round_.preset)
    rows = [("Chosen by", strategy_name(round_)), ("Learning", preset), ("Labels a round", f"{round_.batch:,}")]
    rows += [("Seed", f"{round_.seed} (the same seed, labels and machine give the same ranking)")]
    rows += [("Computed on", report.device or "not kept")]
    versions = ", ".join(f"{name} {version}" for name, version in (report.versions or {}).items())
    rows += [("Versions", versions or "not kept")]
    times = [f"{PHASES.get(row.phase, row.phase)} {duration(row.seconds)}" for row in diagnosis.seconds.itertuples()]
    rows += [("Time", " · ".join(times) or "not kept")]
    settings = diagnosis.settings
    rows += [(f"Setting {row.setting}", f"{row.value} ({preset}: {row.preset})") for row in settings.itertuples()]
    if settings.empty:
        rows += [("Settings", f"as in {preset}, none changed")]
    with st.expander("How this round was made"):
        frame = pd.DataFrame([(plain(title), plain(value)) for title, value in rows], columns=["", " "])
        st.table(frame, hide_index=True, hide_header=True, border="horizontal")
