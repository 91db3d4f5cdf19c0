"""Second looks: which labelled images a second person is to label too, who was given them, and what came of it.

An image is drawn when a person gives it its first label: by a hash of the project's seed, which no page shows, and its
content. So the images drawn are a random share of those labelled, whoever labels them and in whatever order, and nobody
can foresee them. `second_look` holds one row of each image drawn, written in the transaction of every label as the
log says (label_state.py): nothing here is decided twice. `blind_look` holds who was given which image without its
label: what that person says then is an opinion. Somebody's own second look is none: an image waits until a person comes
who has not labelled it, and stands in nobody's way.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import Database, reading
from vabal_core.store.images import rows_in
from vabal_core.store.label_rows import ImageLog, read_logs
from vabal_core.store.label_state import IMPORTED, NO_PERSONS, STATES, LabelState
from vabal_core.store.projects import project_by_id
from vabal_core.store.second_look_tables import blind_look, second_look
from vabal_core.store.tables import image, label_event
from vabal_core.types import LabelEvent, Split

SHARE, SEED = "second_share", "second_seed"  # settings of a project: of its images, and a number no page shows
DIFFERING = ("differing", "aside")  # people say different things; "aside": whoever was to decide skipped it


def draw_of(seed: int, fingerprint: str) -> float:
    """A number from 0 to 1 for an image by its content: drawn are those below the share."""
    digest = blake2b(f"{seed}:{fingerprint}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def standing(state: LabelState, table: ClassTable) -> str:
    """What came of a second look: "void" (no label stands), "open" (nobody has had one), "agreed", "adjudicated"
    (somebody decided, or the label is certain, whatever people said), or one of DIFFERING."""
    if state.state != "labelled":
        return "void"
    if not state.opinions:
        return "open"
    if state.ruling is not None:
        return "adjudicated"
    classes = {class_id if class_id is None else table.counts_as(class_id) for class_id in state.views.values()}
    if len(classes) == 1:
        return "agreed"
    return "aside" if state.skipped else "differing"


def keep_second_looks(
    transaction: Connection,
    project_id: int,
    annotator: str,
    events: Sequence[LabelEvent],
    logs: Mapping[int, ImageLog],
    fingerprints: Mapping[int, str],
    blind: Collection[int],
    table: ClassTable,
) -> None:
    """Bring the tables up to date with what `annotator` has just said of the images of `logs`; `blind`: ids of those
    whose label they were not shown. Of first labels this reads the project's settings, and nothing else."""
    persons = annotator not in NO_PERSONS
    by_nobody = {i: log.now for i, log in logs.items() if persons and not log.before.views}
    first = [image_id for image_id, now in by_nobody.items() if now.views and now.state == "labelled"]
    drawn = _drawn(transaction, project_id, {image_id: fingerprints[image_id] for image_id in first}) if first else []
    _insert(transaction, second_look, [_row(project_id, i, logs[i], table) for i in drawn])
    changed = [image_id for image_id, log in logs.items() if log.before.rows or image_id in drawn]
    if changed:
        _write_standings(transaction, {i: _row(project_id, i, logs[i], table) for i in changed})
    if blind:
        last = {event.image_id: event.kind != "undo" for event in events if event.image_id in blind}
        _write_answers(transaction, annotator, last)


def refresh_standings(transaction: Connection, project_id: int) -> None:
    """Whether people agree, read anew: a class counts as another one since now, or for itself again."""
    judged = second_look.c.project_id == project_id, second_look.c.standing.in_(("agreed", *DIFFERING))
    splits = {row.image_id: row.split for row in transaction.execute(sa.select(second_look).where(*judged))}
    logs, table = read_logs(transaction, splits), class_table(transaction, project_id)
    if logs:
        _write_standings(transaction, {i: _row(project_id, i, log, table) for i, log in logs.items()})


def shown_blind(transaction: Connection, annotator: str, image_ids: Collection[int]) -> set[int]:
    """Those of the images that were given to the person without their label."""
    if not image_ids:
        return set()
    query = sa.select(blind_look.c.image_id).where(blind_look.c.annotator == annotator)
    return {row.image_id for row in rows_in(transaction, query, blind_look.c.image_id, sorted(image_ids))}


def unanswered(transaction: Connection, annotator: str, image_ids: Collection[int]) -> set[int]:
    """Those of the images of which the person was not shown the label, and has not said anything yet."""
    if not image_ids:
        return set()
    own = blind_look.c.annotator == annotator, ~blind_look.c.answered
    query = sa.select(blind_look.c.image_id).where(*own)
    return {row.image_id for row in rows_in(transaction, query, blind_look.c.image_id, sorted(image_ids))}


def give_blind(transaction: Connection, project_id: int, annotator: str, image_ids: Iterable[int]) -> None:
    """The person gets these images without their label; what was given before stays as it is."""
    rows = [
        {"image_id": image_id, "annotator": annotator, "project_id": project_id, "answered": False}
        for image_id in image_ids
    ]
    _insert(transaction, blind_look, rows)


def next_second_looks(
    transaction: Connection, project_id: int, split: Split, annotator: str, *, count: int, exclude: Collection[int]
) -> list[int]:
    """Ids of the next images that wait for a second person, this one having said nothing of them; `exclude` left out.

    Those that the person has labelled are passed over without being read: the index has the images of each person
    together, and those before and behind are asked for one after the other.
    """
    waits = second_look.c.project_id == project_id, second_look.c.split == split, second_look.c.standing == "open"
    query = sa.select(second_look.c.image_id).join(image, image.c.id == second_look.c.image_id)
    query = query.where(*waits, image.c.state == "labelled", image.c.id.not_in(exclude), *untouched_by(annotator))
    query = query.order_by(second_look.c.annotator, second_look.c.image_id)
    image_ids: list[int] = []
    for side in (second_look.c.annotator < annotator, second_look.c.annotator > annotator):
        if len(image_ids) < count:
            image_ids += transaction.execute(query.where(side).limit(count - len(image_ids))).scalars()
    return image_ids


def untouched_by(annotator: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Of an image: the person has neither decided on it nor said anything of it without seeing its label."""
    own = label_event.c.image_id == image.c.id, label_event.c.annotator == annotator
    said = blind_look.c.image_id == image.c.id, blind_look.c.annotator == annotator, blind_look.c.answered
    return ~sa.exists().where(*own, label_event.c.kind.in_(list(STATES))), ~sa.exists().where(*said)


def differing_images(project_id: int) -> sa.Select[tuple[int]]:
    """Ids of the images on which people differ, as a query."""
    of_project = second_look.c.project_id == project_id, second_look.c.standing.in_(DIFFERING)
    return sa.select(second_look.c.image_id).where(*of_project)


def next_differing(database: Database, project_id: int, *, count: int, exclude: Collection[int] = ()) -> list[int]:
    """Ids of the next images on which people differ, `exclude` left out; those put aside come last."""
    query = differing_images(project_id).join(image, image.c.id == second_look.c.image_id)
    query = query.where(image.c.state == "labelled", image.c.id.not_in(exclude))
    with reading(database) as transaction:
        ordered = query.order_by(second_look.c.standing.desc(), second_look.c.image_id).limit(count)
        return list(transaction.execute(ordered).scalars())


def differing_among(transaction: Connection, project_id: int, image_ids: Collection[int]) -> set[int]:
    """Those of the images on which people differ."""
    rows = rows_in(transaction, differing_images(project_id), second_look.c.image_id, sorted(image_ids))
    return {row.image_id for row in rows}


def second_look_counts(database: Database, project_id: int) -> dict[str, int]:
    """standing -> images drawn, of those in use."""
    query = sa.select(second_look.c.standing, sa.func.count()).join(image, image.c.id == second_look.c.image_id)
    query = query.where(second_look.c.project_id == project_id, image.c.state == "labelled")
    with reading(database) as transaction:
        return {name: count for name, count in transaction.execute(query.group_by(second_look.c.standing))}


def drawn_images(transaction: Connection, project_id: int) -> set[int]:
    """Ids of all images drawn for a second look, whatever came of it."""
    query = sa.select(second_look.c.image_id).where(second_look.c.project_id == project_id)
    return set(transaction.execute(query).scalars())


def _drawn(transaction: Connection, project_id: int, fingerprints: Mapping[int, str]) -> list[int]:
    project = project_by_id(transaction, project_id)
    settings = project.settings if project else {}
    share, seed = settings.get(SHARE, 0), settings.get(SEED)
    if not share or seed is None:
        return []
    return [image_id for image_id, fingerprint in fingerprints.items() if draw_of(seed, fingerprint) < share]


def _row(project_id: int, image_id: int, log: ImageLog, table: ClassTable) -> dict[str, Any]:
    decision = log.now.decision
    about = {"project_id": project_id, "split": log.split, "standing": standing(log.now, table)}
    return {"image_id": image_id, **about, "annotator": decision.annotator if decision else IMPORTED}


def _insert(transaction: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Those of the rows that are not there yet."""
    if rows:
        insert = (postgresql if transaction.dialect.name == "postgresql" else sqlite).insert(table)
        transaction.execute(insert.on_conflict_do_nothing(), list(rows))


def _write_standings(transaction: Connection, rows: Mapping[int, Mapping[str, Any]]) -> None:
    names = ("standing", "annotator", "split")
    write = sa.update(second_look).where(second_look.c.image_id == sa.bindparam("of_image"))
    write = write.values({name: sa.bindparam(f"now_{name}") for name in names})
    values = [{"of_image": i, **{f"now_{name}": row[name] for name in names}} for i, row in rows.items()]
    transaction.execute(write, values)


def _write_answers(transaction: Connection, annotator: str, answered: Mapping[int, bool]) -> None:
    own = blind_look.c.image_id == sa.bindparam("of_image"), blind_look.c.annotator == annotator
    write = sa.update(blind_look).where(*own).values(answered=sa.bindparam("now"))
    if answered:
        transaction.execute(write, [{"of_image": image_id, "now": now} for image_id, now in answered.items()])
