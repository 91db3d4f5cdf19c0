"""What a report says of itself, and of how the newest round was made: rows of (what, value)."""

from vabal_core.export.report import Report, RoundFacts
from vabal_core.export.report_format import moment

LEFT_OUT = "left out"


def about(report: Report) -> list[tuple[str, str]]:
    """Of which project, when, by whom, with what."""
    return [
        ("Project", report.project),
        ("Project made on", moment(report.created_at)),
        ("Report made on", moment(report.made_at)),
        ("Report made by", report.made_by or LEFT_OUT),
        ("Names of people", "as they are" if report.names else LEFT_OUT),
        ("Software", f"VaB-AL Studio, database schema {report.schema}"),
        ("Written with", _versions(report.versions)),
    ]


def about_round(newest: RoundFacts) -> list[tuple[str, str]]:
    """How the newest round was made."""
    return [
        ("Round", f"{newest.number}, finished on {moment(newest.at)}"),
        ("Labels learned from", f"{newest.labels:,}"),
        ("Strategy: how images were chosen", newest.strategy),
        ("Preset: how long it learned", newest.preset),
        ("Seed", f"{newest.seed}"),
        ("Labels meant to be given next", f"{newest.batch:,}"),
        ("Took", f"{newest.seconds:,.0f} s"),
        ("Computed on", newest.device or "not remembered"),
        ("Learned with", _versions(newest.versions) or "not remembered"),
    ]


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
