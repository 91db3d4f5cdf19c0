"""How the next round goes, for specialists: which images it chooses, how long it learns, what it computes on."""

from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Round
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.views.features import side_control
from vabal_core.ui.views.stored_value import stored_settings, stored_value
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
AUDIT_SHARES = (0, 0.02, 0.05, 0.1, 0.2)
PUBLISHED_STRATEGY = "vabal_posterior"


def round_settings(context: PageContext) -> None:
    """Choose how the next rounds go; each choice is kept at once."""
    settings = stored_settings(context)
    st.subheader("How the next round goes", anchor=False)
    if refusal := context.why_not("learn"):
        st.caption(plain(refusal))
    left, right = st.columns(2, gap="large")
    with left:
        strategies = list(dict.fromkeys([*OFFERED_STRATEGIES, settings["strategy"]]))
        strategy = st.selectbox(
            "How to choose images",
            strategies,
            format_func=lambda name: _title(name)[0],
            **_kept(context, "strategy", settings["strategy"]),
        )
        _strategy_words(strategy)
        most = max(1, workspace.unlabelled(context.ws, context.project.id))
        usual = min(most, int(settings["batch"]))
        st.number_input("Labels you mean to give in this round", 1, most, **_kept(context, "batch", usual))
        _audit_share(context, settings["audit_share"])
    with right:
        preset = st.radio(
            "How long to learn",
            list(PRESETS),
            format_func=PRESETS.get,
            captions=[_preset_words(context, name) for name in PRESETS],
            **_kept(context, "preset", settings["preset"]),
        )
        if preset == "published" and strategy != PUBLISHED_STRATEGY:
            st.caption(f"The paper itself chooses by {_title(PUBLISHED_STRATEGY)[0]}: set that too, at the left.")
        side_control(context, preset)
    st.caption(f"Runs on: {workspace.devices_so_far() or 'being found out'}")


def _audit_share(context: PageContext, current: float) -> None:
    options = sorted({*AUDIT_SHARES, current})
    st.selectbox(
        "Images drawn at random instead",
        options,
        format_func=lambda share: f"{100 * share:g} of 100 out of a ranking" if share else "None",
        help="Nobody sees which: their labels tell what chance would have brought, and hold for all images.",
        **_kept(context, "audit_share", current),
    )


def unknown_settings(context: PageContext) -> None:
    """Say which settings another version has written, and what is taken instead."""
    settings = workspace.usable_settings(context.project)
    for name, value in workspace.unknown_settings(context.project).items():
        instead = _title(settings[name])[0] if name == "strategy" else PRESETS[settings[name]]
        st.warning(plain(f"This project's {name}, “{value}”, is not known to this version: “{instead}” is chosen."))


def strategy_name(round_: Round) -> str:
    described = workspace.strategy_if_any(round_.strategy)
    return described.title if described else round_.strategy


def _kept(context: PageContext, name: str, current: Any) -> dict[str, Any]:
    """As `stored_value`, for whoever may set it."""
    return stored_value(context, name, current) | {"disabled": not workspace.may(context.actor, "learn")}


def _strategy_words(strategy: str) -> None:
    described = workspace.find_strategy(strategy)
    st.caption(f"{_title(strategy)[1]} ({described.source}).")
    if strategy == workspace.DEFAULT_SETTINGS["strategy"]:
        st.caption(f"This is the default: images are chosen {described.reason}.")
    link("experiments", "See how the choices compare")


def _preset_words(context: PageContext, preset: str) -> str:
    expected = workspace.expected_duration(context.ws, context.project.id, preset)
    return f"{LEARNING[preset]}. {sentence(expected)}."


def _title(strategy: str) -> tuple[str, str]:
    """The strategy's name as people say it, and what it does."""
    described = workspace.find_strategy(strategy)
    return described.title, sentence(described.explanation)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
