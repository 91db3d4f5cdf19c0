"""The rounds so far, and which of them to look at: many that started by themselves stand together in one line."""

from collections.abc import Sequence
from itertools import groupby

import pandas as pd
import streamlit as st

from vabal_core.types import Round
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import STATES, round_duration
from vabal_core.ui.views.round_settings import PRESETS, strategy_name
from vabal_core.workspace import RoundGroup, group_rounds


def history(rounds: Sequence[Round]) -> None:
    """All rounds, the newest first."""
    newest_first = reversed(group_rounds(rounds))
    for alone, groups in groupby(newest_first, key=lambda group: len(group.rounds) == 1):
        if alone:
            _table([round_ for group in groups for round_ in group.rounds])
        else:
            for group in groups:
                with st.expander(_group_title(group)):
                    _table(group.rounds[::-1])


def choose_round(context: PageContext, finished: Sequence[Round]) -> int:
    """The number of the finished round to look at, the newest at first."""
    if len(finished) == 1:
        return finished[0].number
    groups = {group.rounds[0].number: group for group in reversed(group_rounds(finished))}

    def title(first: int) -> str:
        rounds = groups[first].rounds
        return _title(rounds[0]) if len(rounds) == 1 else _group_title(groups[first])

    first = st.selectbox("Which round", list(groups), format_func=title, key=context.key("which"), width=620)
    titles = {round_.number: _title(round_) for round_ in reversed(groups[first].rounds)}
    if len(titles) == 1:
        return first
    # A group that grows while it is looked at keeps its first round, and with it what was chosen here.
    key = context.key(f"which_of_{first}")
    return st.selectbox("Which of these rounds", list(titles), format_func=titles.get, key=key, width=620)


def _group_title(group: RoundGroup) -> str:
    first, last = group.rounds[0], group.rounds[-1]
    numbers, labels = f"Rounds {first.number}–{last.number}", f"{first.labelled:,} → {last.labelled:,} labels"
    began, ended = first.started_at.astimezone(), (last.finished_at or last.started_at).astimezone()
    lost = sum(round_.state not in ("done", "running") for round_ in group.rounds)
    without = f", {lost} of them without a result" if lost else ""
    return f"{numbers}, learned by itself while you labelled: {labels}{without} ({began:%d %b, %H:%M} to {ended:%H:%M})"


def _title(round_: Round) -> str:
    started = f"{round_.started_at.astimezone():%d %b %H:%M}"
    return f"Round {round_.number}, {strategy_name(round_)}, {round_.labelled:,} labels, {started}"


def _table(rounds: Sequence[Round]) -> None:
    rows = [
        {
            "Round": round_.number,
            "State": STATES[round_.state],
            "Started": f"{round_.started_at.astimezone():%d %b %Y, %H:%M}",
            "Took": round_duration(round_),
            "Labels learned from": round_.labelled,
            "Chosen by": strategy_name(round_),
            "Learning": PRESETS.get(round_.preset, round_.preset),
            "Labels a round": round_.batch,
            "Note": round_.message,
        }
        for round_ in rounds
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
