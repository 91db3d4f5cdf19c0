"""Images of which people say different things, as a desk shows them to whoever decides: the image and what was said.

Who said what is hidden until it is decided, unless it is asked for.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.engine import Connection

from vabal_core.store.classes import ClassTable
from vabal_core.store.gold import add_gold
from vabal_core.store.images import images_by_id
from vabal_core.store.label_state import BLIND, LabelState
from vabal_core.store.labels import label_states
from vabal_core.store.second_looks import SEED, draw_of, next_differing
from vabal_core.types import Actor, Image, LabelEvent, Project, QueueItem
from vabal_core.workspace.projects import usable_settings

NO_CLASS = {BLIND["unsure"]: "was unsure", BLIND["flag"]: "flagged the image"}


def differing_items(
    transaction: Connection,
    project_id: int,
    table: ClassTable,
    *,
    count: int,
    left_out: Collection[int],
    others: Collection[int],
    names: bool,
) -> list[QueueItem]:
    """The next `count` images to decide on, those in `left_out` not among them; what `others` hold comes only where
    nothing is left out and no other waits. `names`: with who said what."""
    if count < 1:
        return []
    chosen = next_differing(transaction, project_id, count=count, exclude={*left_out, *others})
    if not chosen and not left_out:
        chosen = next_differing(transaction, project_id, count=count)
    images, states = images_by_id(transaction, chosen), label_states(transaction, chosen)
    return [_item(images[image_id], states[image_id], table, names) for image_id in chosen]


def decided_words(
    events: Sequence[LabelEvent], stored: Collection[str], before: Mapping[int, LabelState], table: ClassTable
) -> str:
    """Who had said what of the image decided on last, for whoever decided; "" where none was."""
    last = next((event for event in reversed(events) if event.settles and event.event_id in stored), None)
    if last is None or last.kind != "label" or last.image_id not in before:
        return ""
    return f"Decided: {table.names[table.counts_as(last.class_id or 0)]}. {_who(before[last.image_id], table)}"


def draw_gold(
    transaction: Connection, project: Project, actor: Actor, events: Sequence[LabelEvent], stored: Collection[str]
) -> None:
    """A share of the images just decided on, drawn by their content, are gold from now on."""
    settings = usable_settings(project)
    share, seed = settings["gold_share"], project.settings.get(SEED, 0)
    decided = {e.image_id for e in events if e.settles and e.kind == "label" and e.event_id in stored}
    if decided and share:
        images = images_by_id(transaction, sorted(decided))
        drawn = [i for i, image in images.items() if draw_of(seed, f"gold {image.fingerprint}") < share]
        add_gold(transaction, project.id, drawn, actor.name)


def _item(image: Image, state: LabelState, table: ClassTable, names: bool) -> QueueItem:
    label = table.counts_as(state.class_id or 0)
    classes = [table.counts_as(class_id) for class_id in state.views.values() if class_id is not None]
    other = next((class_id for class_id in classes if class_id != label), None)
    return QueueItem(
        image_id=image.id,
        fingerprint=image.fingerprint,
        path=image.path,
        width=image.width,
        height=image.height,
        round=0,  # no ranking shows it: its label keeps how the image was chosen at first
        put_aside=state.skipped,
        label=label,
        settles=True,
        predicted=None if other is None else table.names[other],
        predicted_class_id=other,
        why=_who(state, table) if names else _what(state, table),
    )


def _what(state: LabelState, table: ClassTable) -> str:
    """What people said, without who: "One says crazing, 2 say scratches."."""
    kinds = {row.annotator: row.kind for row in state.rows}
    said: dict[str, int] = {}
    for person, class_id in state.views.items():
        words = _words(kinds[person], class_id, table)
        said[words] = said.get(words, 0) + 1
    parts = [f"{'one person' if count == 1 else f'{count} people'} {words}" for words, count in said.items()]
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _who(state: LabelState, table: ClassTable) -> str:
    kinds = {row.annotator: row.kind for row in state.rows}
    parts = [f"{person} {_words(kinds[person], class_id, table)}" for person, class_id in state.views.items()]
    return "; ".join(parts) + "."


def _words(kind: str, class_id: int | None, table: ClassTable) -> str:
    if class_id is None:
        return NO_CLASS.get(kind, "was unsure")
    return f"said {table.names[table.counts_as(class_id)]}"
