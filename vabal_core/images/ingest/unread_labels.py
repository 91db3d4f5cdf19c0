"""Files beside the images that may hold their labels, and that nobody reads."""

from collections.abc import Collection
from pathlib import PurePosixPath

from vabal_core.images.ingest.asides import stem_of
from vabal_core.types import Doubt, ImportEntry, ImportProblem

ENDINGS = (".txt", ".json", ".xml")


def unread_label_doubts(problems: Collection[ImportProblem], entries: Collection[ImportEntry]) -> tuple[Doubt, ...]:
    """What is to be said of texts that are left out and called like images, where there are any."""
    stems = {stem_of(entry.path) for entry in entries}
    left = (problem.path for problem in problems if problem.path.lower().endswith(ENDINGS))
    unread = [path for path in left if stem_of(path) in stems]
    if not unread:
        return ()
    some = f"{unread[0]} is" if len(unread) == 1 else f"{len(unread):,} files (such as {unread[0]}) are"
    text = f"{some} called like an image and may hold its label, in no format that is read."
    if PurePosixPath(unread[0]).suffix.lower() == ".txt":
        text += (
            " Boxes of YOLO need the names of their classes beside them: in data.yaml, or one a line in classes.txt."
        )
    return (Doubt(about="other", text=text),)
