"""Images emptied out of the bin: gone for good, but for a row that keeps their number and their place.

Neither is ever given again: a decision that a browser sends late, a ranking that is written late and a label in the log
must not come to mean another image. What the row said is wiped; where the log names the image, its path stays.
"""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.counts import add_counts
from vabal_core.store.images import in_project
from vabal_core.store.tables import image, label_event

# Images emptied, or files deleted, while the write lock is held, so that nobody begins to use one of them meanwhile.
PIECE = 500

NO_FILE = sa.literal("", sa.Text)  # as it is: no address within the data folder
LOGGED = sa.exists().where(label_event.c.image_id == image.c.id)


def begin_emptying(transaction: Connection, project_id: int, image_ids: Sequence[int]) -> int:
    """From now on none of these images of the project's bin comes back, and its content is new to the project; returns
    how many they are: one that came out of the bin meanwhile stays. Their files are still there: see `next_files`."""
    of_bin = in_project(project_id), image.c.state == "removed", image.c.id.in_(image_ids)
    query = sa.select(image.c.split, sa.func.count()).where(*of_bin).group_by(image.c.split)
    states: Counter[tuple[str, str]] = Counter()
    for split, count in transaction.execute(query):
        states[split, "removed"], states[split, "emptied"] = -count, count
    fingerprint = sa.literal("emptied ") + sa.cast(image.c.id, sa.Text)
    values = {"state": "emptied", "fingerprint": fingerprint, "oracle_class_id": None, "tile": None}
    transaction.execute(sa.update(image).where(*of_bin).values(**values))
    add_counts(transaction, project_id, {}, states)
    return sum(count for (_, state), count in states.items() if state == "emptied")


def next_files(transaction: Connection, project_id: int) -> tuple[list[int], list[str]]:
    """(ids of the next PIECE images whose files are still to go, addresses of those files that no other image uses).

    Whoever has deleted the files says so with `forget_files`, in the same transaction.
    """
    emptied = image.c.project_id == project_id, image.c.removed_at.is_not(None), image.c.state == "emptied"
    query = (
        sa.select(image.c.id, image.c.file).where(*emptied, sa.type_coerce(image.c.file, sa.Text) != "").limit(PIECE)
    )
    rows = transaction.execute(query).all()
    files = sorted({row.file for row in rows})
    used = sa.select(image.c.file).where(image.c.file.in_(files), image.c.state != "emptied")
    still_used = set(transaction.execute(used).scalars())
    return [row.id for row in rows], [file for file in files if file not in still_used]


def is_used(transaction: Connection, folder: str) -> bool:
    """Whether any image has its file in the folder, whose address is relative to the data folder and ends in "/"."""
    within = sa.type_coerce(image.c.file, sa.Text).startswith(folder, autoescape=True)
    query = sa.select(image.c.id).where(within, image.c.state != "emptied").limit(1)
    return transaction.execute(query).first() is not None


def forget_files(transaction: Connection, image_ids: list[int]) -> None:
    """These images have no files any more, nor a path, but where the log names them."""
    of_piece = image.c.id.in_(image_ids)
    transaction.execute(sa.update(image).where(of_piece, ~LOGGED).values(path=""))
    transaction.execute(sa.update(image).where(of_piece).values(file=NO_FILE, size=None, modified_ns=None))
