"""Write a report as one HTML file that needs nothing else: no request, no script, pictures and charts inside.

Jinja escapes whatever people named; what the file may load is nothing at all, and the browser is told so.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vabal_core.export import report_charts as charts
from vabal_core.export import report_estimates as estimates
from vabal_core.export import report_tables as tables
from vabal_core.export import report_terms as terms
from vabal_core.export import report_words as words
from vabal_core.export.report import Report
from vabal_core.export.report_format import estimate, listed, moment, percent

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
MAX_MATRIX = 12  # classes; of more, what is taken for what is listed
MAX_MIXED_UP = 40  # rows of that list


@dataclass(frozen=True, kw_only=True)
class MixedUp:
    """So many evaluation images of the class `true` that the model takes for the class `taken_for`."""

    true: str
    taken_for: str
    count: int


def html_report(report: Report) -> bytes:
    """The file, UTF-8. It is small, so it is made whole: what goes wrong does so before any of it has left."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    template = _environment().get_template("report.html")
    rooms = {"estimates": estimates, "terms": terms, "words": words, "tables": tables, "charts": charts}
    facts: dict[str, Any] = {"report": report, "style": style} | rooms
    facts |= {"policy": content_policy(style), "mixed_up": mixed_up(report), "max_matrix": MAX_MATRIX}
    # Half a character, which a name from an old file system may hold, is no UTF-8.
    return template.render(facts).encode("utf-8", errors="replace")


def content_policy(style: str) -> str:
    """What the browser may load for the file: pictures that stand in it, and this very style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def mixed_up(report: Report) -> list[MixedUp]:
    """What the newest round takes for what, the most frequent first."""
    if report.round_ is None:
        return []
    names = report.round_.class_names
    pairs = [
        MixedUp(true=names[true], taken_for=names[taken], count=count)
        for true, row in enumerate(report.round_.confusion)
        for taken, count in enumerate(row)
        if count and true != taken
    ]
    return sorted(pairs, key=lambda pair: -pair.count)[:MAX_MIXED_UP]


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only now: the command line starts without it
    from markupsafe import Markup

    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "as_is": Markup,  # of our own style alone
        "data": _data_address,
        "number": "{:,}".format,
        "percent": percent,
        "estimate": estimate,
        "moment": moment,
        "names": listed,
        "day": "{:%Y-%m-%d}".format,
    }
    return environment


def _data_address(picture: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(picture).decode()}"
