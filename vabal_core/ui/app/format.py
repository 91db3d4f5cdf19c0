"""How facts are said to a person: durations, states, phases, and names that are shown as they are."""

import re
from string import punctuation

from vabal_core.types import Round, RoundState

STATES: dict[RoundState, str] = {
    "running": "under way",
    "done": "finished",
    "failed": "failed",
    "cancelled": "stopped by you",
    "interrupted": "interrupted",
}
PHASES = {
    "start": "Getting ready",
    "decode": "Reading the images",
    "weights": "Downloading the network's weights",
    "cold start": "Choosing what to show first",
    "train": "Learning from the labels",
    "head": "Learning from the labels",
    "features": "Looking at every image",
    "difficulty": "Checking what it gets wrong",
    "vae": "Learning what each class looks like",
    "committee": "Asking several models",
    "predicted_loss": "Learning where it is wrong",
    "discriminator": "Learning what labelled images look like",
    "score": "Ranking the images",
    "evaluate": "Measuring on the evaluation images",
}


def percent(share: float, digits: int = 0) -> str:
    """A share as people read it: 0.83 is "83 %"."""
    return f"{100 * share:.{digits}f} %"


def duration(seconds: float) -> str:
    """ "40 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def milliseconds_taken(milliseconds: int) -> str:
    """ "40 ms", "1.2 s", "3 min 20 s"."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 60_000 else duration(milliseconds / 1000)


def time_left(seconds: float) -> str:
    """As coarse as such a forecast holds: "nearly done", "less than a minute left", "about 2 min left"."""
    if seconds < 10:
        return "nearly done"
    if seconds < 45:
        return "less than a minute left"
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} min left" if minutes < 90 else f"about {round(minutes / 60)} h left"


def round_duration(round_: Round) -> str:
    return duration((round_.finished_at - round_.started_at).total_seconds()) if round_.finished_at else ""


MARKS = re.compile(f"[{re.escape(punctuation)}]")
# Streamlit turns these into links, pictures and icons even where each of their marks is escaped.
TURNED = re.compile(r"https?(?=:)|www(?=\.)|[^\s@](?=@)|:[\w+/-]+(?=:)", re.IGNORECASE)
UNSEEN = "\u2060"  # joins without being seen, and takes up no room


def plain(text: str) -> str:
    """`text` for a place that reads Markdown, such that a person sees the very characters of it and nothing else."""
    return MARKS.sub(r"\\\g<0>", TURNED.sub(lambda match: match[0] + UNSEEN, text))
