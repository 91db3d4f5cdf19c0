"""How numbers, times and names stand in a report."""

import math
from collections.abc import Sequence
from datetime import datetime

from vabal_core.evidence.intervals import Estimate


def percent(share: float) -> str:
    """ "82.4 %"; what is neither all nor nothing is not called so."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f} %"


def estimate(share: Estimate) -> str:
    """ "82.4 % (61.0 % to 93.2 %)"; a dash where no image tells."""
    if not share.count or math.isnan(share.value):
        return "–"
    return f"{percent(share.value)} ({percent(share.low)} to {percent(share.high)})"


def moment(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def listed(names: Sequence[str]) -> str:
    """ "“a”, “b” and “c”"."""
    quoted = [f"“{name}”" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]])) if quoted else ""


def counted(count: int, thing: str, things: str = "") -> str:
    """ "1 image", "2 images"; `things` where an s is not enough."""
    return f"{count:,} {thing if count == 1 else things or thing + 's'}"
