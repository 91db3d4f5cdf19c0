"""The pieces of the Rounds page that everybody needs: what runs, how to start, what went wrong, when one starts by
itself."""

from collections.abc import Sequence

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Round
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import PHASES, duration, plain
from vabal_core.ui.app.reading import image_reading
from vabal_core.ui.app.state_strip import current_state, how_long
from vabal_core.ui.charts import rounds as figures
from vabal_core.ui.views.stored_value import stored_settings, stored_value
from vabal_core.workspace import RoundProgress

NEVER = 0
AUTO_EVERY_OPTIONS = (NEVER, 1, 10, 25, 50, 100, 250, 500, 1000)


@st.fragment(run_every="1s")
@show_errors()
def running(context: PageContext) -> None:
    """How far the round is, drawn anew every second; the whole page is drawn again when it has ended."""
    progress = workspace.follow_round(context.ws, context.project.id)
    if progress is None:
        st.rerun(scope="app")
    state = current_state(context.ws, context.project)
    with st.container(border=True):
        st.subheader(f"Round {progress.round.number} is under way", anchor=False)
        text = f"{_phase(progress)} · {duration(progress.seconds_elapsed)} so far, {how_long(state)}"
        st.progress(min(1.0, progress.fraction), text=text)
        if progress.event.message:
            st.caption(plain(progress.event.message))
        if progress.is_starved:
            st.caption(
                f"Waiting for the processor: the round lately got {100 * progress.processor_share:.0f} % of the time "
                "it could have used. Other work on this machine, labelling first of all, goes before it."
            )
        if state.action:
            st.caption("Labelling goes on meanwhile: the queue changes to the new ranking when the round is finished.")
        _stop(context, progress)


def _phase(progress: RoundProgress) -> str:
    event = progress.event
    epoch = f", {event.epoch} of {event.epochs}" if event.epochs else ""
    return f"{PHASES.get(progress.phase, progress.phase)}{epoch}"


def _stop(context: PageContext, progress: RoundProgress) -> None:
    done = workspace.last_done_round(context.ws, context.project.id)
    rest = f"the ranking of round {done.number} stays in use" if done else "there is no ranking yet"
    refusal = context.why_not("learn")
    popover = {"disabled": bool(refusal), "help": plain(refusal) or None}
    with st.popover("Stop this round", icon=":material/stop_circle:", key="stop_round", **popover):
        st.write(f"What it has learned in {duration(progress.seconds_elapsed)} goes. Your labels are kept; {rest}.")
        if st.button("Stop it now", type="primary", key="cancel_round"):
            workspace.cancel_round(context.ws, context.actor, context.project.id)


@st.fragment(run_every="1s")
@show_errors()
def running_losses(context: PageContext) -> None:
    """For specialists: how the network that learns just now has got on."""
    progress = workspace.follow_round(context.ws, context.project.id)
    if progress and len(progress.losses) > 1:
        st.plotly_chart(figures.losses(progress.losses), key="losses", config={"displayModeBar": False})


def start_box(context: PageContext) -> None:
    """The button that starts a round, how long it takes, and whether rounds start by themselves."""
    why_not = workspace.why_no_round(context.ws, context.project.id)
    refusal = context.why_not("learn")
    preset = stored_settings(context)["preset"]
    need = current_state(context.ws, context.project).need
    with st.container(border=True):
        if why_not:  # the strip leads to what is missing
            st.info(plain(why_not))
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button(
                "Start a round",
                type="primary" if need == "ranking" else "secondary",
                icon=":material/play_arrow:",
                key="start_round",
                disabled=bool(why_not or refusal),
                help=plain(refusal) or None,
            )
            if pressed:  # before anything that takes its time
                with show_errors():
                    workspace.start_usual_round(context.ws, context.actor, context.project.id)
                    st.rerun()
            if not why_not:
                takes = workspace.expected_duration(context.ws, context.project.id, preset)
                how_long = "Takes" if takes.startswith("about") else "How long it takes:"
                st.caption(plain(f"{how_long} {takes}{_queue_words(context)}."))
        _automatic(context)


def _queue_words(context: PageContext) -> str:
    """What else is done before a round that is started now."""
    reading = image_reading(context.project)
    if reading is None or reading.error:
        return ""
    left = f", about {duration(reading.seconds_left)} from now" if reading.seconds_left is not None else ""
    return f", once the images have been read{left}"


def _automatic(context: PageContext) -> None:
    current = stored_settings(context)["auto_every"]
    options = sorted({*AUTO_EVERY_OPTIONS, current})
    st.selectbox(
        "Start a round by itself",
        options,
        format_func=_every,
        width=320,
        disabled=not workspace.may(context.actor, "learn"),
        **stored_value(context, "auto_every", current),
    )
    if refusal := context.why_not("learn"):
        st.caption(plain(refusal))


def _every(labels: int) -> str:
    if labels == NEVER:
        return "Never"
    return "After every label" if labels == 1 else f"After every {labels:,} new labels"


def last_trouble(rounds: Sequence[Round]) -> None:
    """Why the newest round has no result, where it has none."""
    if rounds and rounds[-1].state in ("failed", "interrupted"):
        last = rounds[-1]
        how = "failed" if last.state == "failed" else "was interrupted"
        st.warning(f"Why round {last.number} {how}: {plain(last.message)}")
