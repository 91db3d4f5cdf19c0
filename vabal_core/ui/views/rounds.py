"""The pieces of the Rounds page: what runs, what can be started, what ran before."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Round, StudioError
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_error, show_errors
from vabal_core.ui.app.format import PHASES, duration, plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.charts import rounds as figures
from vabal_core.ui.views.features import side_control
from vabal_core.workspace import OFFERED_STRATEGIES

PRESETS = {
    "interactive": "Quick",
    "thorough": "Thorough",
    "paper": "The paper's schedule",
    "published": "To the letter of the paper",
}
LEARNING = {
    "interactive": "Learns in seconds from pretrained features",
    "thorough": "Trains the pretrained network further: for a GPU, or for patience",
    "paper": "Trains a network from its first weights",
    "published": "Trains a network from its first weights, for reproductions",
}
PUBLISHED_STRATEGY = "vabal_posterior"
NEVER = 0
MIN_PROCESSOR_SHARE = 0.5  # of the time that a round could use: less than that is worth a word
AUTO_EVERY_OPTIONS = (NEVER, 1, 10, 25, 50, 100, 250, 500, 1000)


@st.fragment(run_every="1s")
@show_errors()
def running(context: PageContext) -> None:
    """How far the round is, drawn anew every second; the whole page is drawn again when it has ended."""
    progress = workspace.follow_round(context.ws, context.project.id)
    if progress is None:
        st.rerun(scope="app")
    phase = PHASES.get(progress.phase, progress.phase)
    event = progress.event
    epoch = f", pass {event.epoch} of {event.epochs}" if event.epochs else ""
    left = (
        f"about {duration(progress.seconds_left)} left"
        if progress.seconds_left is not None
        else "time left not known yet"
    )
    with st.container(border=True):
        st.subheader(f"Round {progress.round.number} is under way", anchor=False)
        st.progress(
            min(1.0, progress.fraction), text=f"{phase}{epoch} · {duration(progress.seconds_elapsed)} so far, {left}"
        )
        if event.message:
            st.caption(plain(event.message))
        if progress.processor_share < MIN_PROCESSOR_SHARE:
            st.caption(
                f"Waiting for the processor: the round lately got {100 * progress.processor_share:.0f} % of the time "
                "it could have used. Other work on this machine, labelling first of all, goes before it."
            )
        st.caption("Labelling goes on meanwhile: the queue changes to the new ranking when the round is finished.")
        if len(progress.losses) > 1:
            st.plotly_chart(figures.losses(progress.losses), key="losses", config={"displayModeBar": False})
        if st.button("Stop this round", icon=":material/stop_circle:", key="cancel_round"):
            workspace.cancel_round(context.ws, context.actor, context.project.id)


def start_form(context: PageContext, rounds: Sequence[Round]) -> None:
    """Choose how the next round goes, and start it; the choices are kept for rounds that start by themselves."""
    settings = workspace.usable_settings(context.project)
    for name, value in workspace.unknown_settings(context.project).items():
        instead = _title(settings[name])[0] if name == "strategy" else PRESETS[settings[name]]
        st.warning(plain(f"This project's {name}, “{value}”, is not known to this version: “{instead}” is chosen."))
    with st.container(border=True):
        left, right = st.columns(2, gap="large")
        with left:
            strategies = list(dict.fromkeys([*OFFERED_STRATEGIES, settings["strategy"]]))
            strategy = st.selectbox(
                "How to choose images",
                strategies,
                index=strategies.index(settings["strategy"]),
                format_func=lambda name: _title(name)[0],
                key=context.key("strategy"),
            )
            _strategy_words(strategy)
            most = max(1, workspace.unlabelled(context.ws, context.project.id))
            usual = min(most, int(settings["batch"]))
            batch = st.number_input("Labels you mean to give in this round", 1, most, usual, key=context.key("batch"))
        with right:
            preset = st.radio(
                "How long to learn",
                list(PRESETS),
                index=list(PRESETS).index(settings["preset"]),
                format_func=PRESETS.get,
                captions=[_preset_words(context, name) for name in PRESETS],
                key=context.key("preset"),
            )
            if preset == "published" and strategy != PUBLISHED_STRATEGY:
                st.caption(f"The paper itself chooses by {_title(PUBLISHED_STRATEGY)[0]}: set that too, at the left.")
            side_control(context, preset)
        number = rounds[-1].number + 1 if rounds else 1
        _start(context, {"strategy": strategy, "batch": int(batch), "preset": preset, "seed": number})
    _automatic(context)


def _strategy_words(strategy: str) -> None:
    described = workspace.find_strategy(strategy)
    st.caption(f"{_title(strategy)[1]} ({described.source}).")
    if strategy == workspace.DEFAULT_SETTINGS["strategy"]:
        st.caption(f"This is the default: images are chosen {described.reason}.")
    link("experiments", "See how the choices compare")


def _preset_words(context: PageContext, preset: str) -> str:
    expected = workspace.expected_duration(context.ws, context.project.id, preset)
    return f"{LEARNING[preset]}. {_sentence(expected)}."


def _title(strategy: str) -> tuple[str, str]:
    """The strategy's name as people say it, and what it does."""
    described = workspace.find_strategy(strategy)
    return described.title, _sentence(described.explanation)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _start(context: PageContext, chosen: dict[str, Any]) -> None:
    why_not = workspace.why_no_round(context.ws, context.project.id)
    if why_not:
        st.info(plain(why_not))
        link("label", "Go to labelling")
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Start a round", type="primary", icon=":material/play_arrow:", key="start_round", disabled=bool(why_not)
        )
        st.caption(f"Runs on: {workspace.devices()}")
    if not pressed:
        return
    try:
        kept = {name: value for name, value in chosen.items() if name != "seed"}
        workspace.update_settings(context.ws, context.actor, context.project.id, **kept)
        workspace.start_round(context.ws, context.actor, context.project.id, **chosen)
    except StudioError as problem:
        show_error(problem)
    else:
        st.rerun()


def _automatic(context: PageContext) -> None:
    current = workspace.usable_settings(context.project)["auto_every"]
    options = sorted({*AUTO_EVERY_OPTIONS, current})

    @show_errors()
    def keep() -> None:
        workspace.update_settings(
            context.ws, context.actor, context.project.id, auto_every=st.session_state[context.key("auto_every")]
        )

    st.selectbox(
        "Start a round by itself",
        options,
        index=options.index(current),
        format_func=_every,
        key=context.key("auto_every"),
        on_change=keep,
        width=320,
    )


def _every(labels: int) -> str:
    if labels == NEVER:
        return "Never"
    return "After every label" if labels == 1 else f"After every {labels:,} new labels"


def last_trouble(rounds: Sequence[Round]) -> None:
    """Why the newest round has no result, where it has none."""
    if rounds and rounds[-1].state in ("failed", "interrupted"):
        last = rounds[-1]
        how = "failed" if last.state == "failed" else "was interrupted"
        st.warning(
            f"Round {last.number} {how}. {plain(last.message)}\n\n"
            "Your labels are kept, and the ranking before it stays in use."
        )


def strategy_name(round_: Round) -> str:
    described = workspace.strategy_if_any(round_.strategy)
    return described.title if described else round_.strategy
