"""Findings of an experiment as pages show them: random, too, by the title that people know."""

from dataclasses import fields, replace
from typing import Any

import pandas as pd

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.charts.experiment import RANDOM, RANDOM_TITLE
from vabal_core.workspace import ExperimentFindings


def findings_of(context: PageContext, number: int) -> ExperimentFindings | None:
    """What the experiment has found out by now, all strategies by their titles; None before its first round."""
    findings = workspace.read_findings(context.ws, context.project.id, number)
    return with_titles(findings) if findings else None


def with_titles(findings: ExperimentFindings) -> ExperimentFindings:
    """The same with `random` by its title: the statistics know the yardstick by its name, and call the others by
    titles."""
    summary = findings.summary
    names = [field.name for field in fields(summary) if field.name != "sources"]
    return replace(
        findings,
        summary=replace(summary, **{name: _titled(getattr(summary, name)) for name in names}),
        sentences=tuple(map(_sentence, findings.sentences)),
        cautions=tuple(map(_sentence, findings.cautions)),
        discovery=_titled(findings.discovery),
    )


def _sentence(text: str) -> str:
    return text.replace(f"`{RANDOM}`", f"`{RANDOM_TITLE}`")


def _titled(value: Any) -> Any:
    """Strategies in a tuple, in columns of a table, or at its edges; anything else as it is."""
    title = {RANDOM: RANDOM_TITLE}
    if isinstance(value, tuple):
        return tuple(title.get(name, name) for name in value)
    if isinstance(value, pd.Series):
        return value.rename(index=title)
    if isinstance(value, pd.DataFrame):
        columns = {name: value[name].replace(title) for name in ("strategy", "other") if name in value}
        return value.assign(**columns).rename(index=title, columns=title)
    return value
