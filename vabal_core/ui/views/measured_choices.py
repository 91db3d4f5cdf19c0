"""What was measured before anybody's own experiment: how the strategies compare, and where the default stands."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.format import plain
from vabal_core.ui.views.experiment_words import strategy_title
from vabal_core.ui.views.word_table import word_table
from vabal_core.workspace import MeasuredChoices, MeasuredStrategy

HEADING = "How the choices compare, measured beforehand"
TELLS = {
    "better": "ahead of the default",
    "worse": "behind the default",
    "alike": "as good: within a point",
    "not shown": "no difference is shown",
}
MOST_NAMED = 2  # strategies that are ahead on the sets that nothing was tuned on
CANNOT_BE_TOLD = "cannot be told"
ABOVE, BELOW = "\u00a0▲", "\u00a0▼"  # the space keeps them beside their number


def measured_choices() -> None:
    """The comparison in words and as tables; nothing where no results lie with the code."""
    measured = workspace.read_measured_choices()
    if measured is None:
        return
    if default := workspace.strategy_if_any(measured.default):  # None: the results are of another version
        st.caption(f"The default, {plain(default.title)}, brings first {plain(default.explanation)}.")
    with st.expander(HEADING, icon=":material/leaderboard:"):
        st.write(_what_it_is(measured))
        st.markdown("\n".join(f"- {sentence}" for sentence in _standing(measured)))
        word_table(pd.DataFrame([_row(measured, strategy) for strategy in _everywhere(measured)]), "measured")
        st.markdown("**Set by set**")
        st.caption(
            f"{ABOVE} ahead of the default there, {BELOW} behind it: p below 0.05 on that set, not corrected for the "
            "number of comparisons. Long tail: from class to class there are fewer images, 20 or 50 times fewer of the "
            "last. A class is common where a tenth of all others is left, and rare where a tenth of it is."
        )
        word_table(pd.DataFrame([_set_by_set(measured, strategy) for strategy in measured.strategies]), "measured_sets")


def _everywhere(measured: MeasuredChoices) -> list[MeasuredStrategy]:
    """Those that were played on every set: only they have a mean."""
    return [row for row in measured.strategies if row.mean is not None]


def _what_it_is(measured: MeasuredChoices) -> str:
    everywhere = len(_everywhere(measured))
    others = len(measured.strategies) - everywhere
    so_far = f" Of {others:,} more, played on some of the sets so far, set by set is told below." if others else ""
    return (
        f"{everywhere:,} ways of choosing were played on {len(measured.sources)} sets of images whose classes are "
        f"known, {measured.repetitions} times from other first labels, the same for all.{so_far} The numbers are "
        "points of balanced accuracy on images kept for measuring, averaged over the rounds (the area under the "
        "learning curve): the higher, the more was learned from as many labels. On your images it may be otherwise: an "
        "experiment tells."
    )


def _standing(measured: MeasuredChoices) -> list[str]:
    """Where the default is ahead, where it is behind, and on what it was tuned."""
    behind, alike, ahead = (_told(measured, verdict) for verdict in ("worse", "alike", "better"))
    open_ = [*_told(measured, "not shown"), *_told(measured, "not enough seeds to tell")]
    sentences = [
        f"**{plain(strategy_title(measured.default))}**, the default, is ahead of {_listed(behind) or 'none'} on the "
        f"mean of all sets. {f'{_listed(ahead)} are ahead of it.' if ahead else 'None is ahead of it.'}"
    ]
    sentences += [f"As good on the mean, within a point: {_listed(alike)}."] if alike else []
    sentences += [f"On the mean no difference is shown to {_listed(open_)}."] if open_ else []
    sentences += [
        f"On {_quoted([source])} alone, ahead of it: {_listed(names)}."
        for source in measured.sources
        if (names := _above_on(measured, source))
    ]
    return sentences + _tuning(measured)


def _tuning(measured: MeasuredChoices) -> list[str]:
    if not measured.tuned_on:
        return []
    others = [source for source in measured.sources if source not in measured.tuned_on]
    tuned = f"It was tuned on {_quoted(measured.tuned_on)}: there the comparison favours it."
    if not others:
        return [tuned]
    afterwards = f"{_quoted(others)} {'was' if len(others) == 1 else 'were'} looked at afterwards"
    order = _order_there(measured)
    return [tuned, f"{afterwards}: {order}." if order else f"{afterwards}."]


def _order_there(measured: MeasuredChoices) -> str:
    """Who has the highest means on the sets that nothing was tuned on, and the default's place among them; "" where it
    was not played on each of these."""
    means = {row.strategy: row.mean_untuned for row in measured.strategies if row.mean_untuned is not None}
    if measured.default not in means:
        return ""
    order = sorted(means, key=means.__getitem__, reverse=True)
    place = order.index(measured.default)
    own = f"{means[measured.default]:.1f}"
    if not place:
        return f"the default has the highest mean there too, {own}"
    first = _joined(f"{_listed([name])} ({means[name]:.1f})" for name in order[: min(place, MOST_NAMED)])
    return f"first by their mean there: {first}; the default ({own}) is at place {place + 1} of {len(order)}"


def _told(measured: MeasuredChoices, verdict: str) -> list[str]:
    """Strategies of which the comparison with the default tells that."""
    return [row.strategy for row in measured.strategies if row.beside and row.beside.verdict == verdict]


def _above_on(measured: MeasuredChoices, source: str) -> list[str]:
    return [row.strategy for row in measured.strategies if source in row.above_on]


def _listed(strategies: Iterable[str]) -> str:
    """By their titles, quoted and in bold: some have a comma."""
    return _joined(f"“**{plain(strategy_title(name))}**”" for name in strategies)


def _quoted(sources: Iterable[str]) -> str:
    return _joined(f"“{plain(source)}”" for source in sources)


def _joined(words: Iterable[str]) -> str:
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _row(measured: MeasuredChoices, row: MeasuredStrategy) -> dict[str, str]:
    beside = row.beside
    tells = TELLS.get(beside.verdict, CANNOT_BE_TOLD) if beside else ""
    interval = "" if beside is None or beside.low is None else f" ({beside.low:+z.1f} to {beside.high:+z.1f})"
    return {
        "Strategy": strategy_title(row.strategy),
        "Mean, points": f"{row.mean:.1f}",
        "Beside the default": f"{beside.difference:+z.1f}{interval}" if beside else "",
        "What that tells": "the default" if row.strategy == measured.default else tells,
    }


def _set_by_set(measured: MeasuredChoices, row: MeasuredStrategy) -> dict[str, str]:
    marks = dict.fromkeys(row.above_on, ABOVE) | dict.fromkeys(row.below_on, BELOW)
    areas = {
        name: f"{row.areas[name]:.1f}{marks.get(name, '')}" if name in row.areas else "" for name in measured.sources
    }
    return {"Strategy": strategy_title(row.strategy), **areas}
