"""Classes that nobody needs: into the bin, or merged into another one, and back."""

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from vabal_core.store.change_log import log_change
from vabal_core.store.classes import (
    class_table,
    mark_merged,
    remove_classes,
    revive_classes,
)
from vabal_core.store.counts import add_counts, label_counts
from vabal_core.store.database import writing
from vabal_core.store.images import truth_counts
from vabal_core.store.labels import own_label_counts
from vabal_core.store.second_looks import refresh_standings
from vabal_core.types import Actor, DefectClass, NotFound, StudioError
from vabal_core.types.names import name_book
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import current_class, project_of_class, require_project
from vabal_core.workspace.workspace import Workspace


def class_id_of(ws: Workspace, project_id: int, name: str) -> int:
    """The id of the class called `name`, in use, in the bin or merged. NotFound naming those in use where it is none.

    A merged class has its own id here, not that of the class that it counts as.
    """
    table = class_table(ws.engine, project_id)
    in_use = {listed.id for listed in table.current}
    by_id = sorted(table.names.items(), key=lambda item: item[0] not in in_use)  # those in use have a name first
    by_name = name_book((other, class_id) for class_id, other in by_id)
    class_id = by_name.find(name)
    if class_id is None:
        present = ", ".join(f"“{listed.name}”" for listed in table.current) or "none"
        raise NotFound(f"The project has no class “{name}”; it has {present}.")
    return class_id


def remove_class(ws: Workspace, actor: Actor, class_id: int) -> None:
    """Put a class into the bin; once it is there nothing happens. A label that brings it back is never refused.

    StudioError where images are labelled so, or hide it as their true class, or where it was merged into another.
    """
    require_right(actor, "describe")
    project_id = project_of_class(ws, class_id)
    require_project(ws, project_id)
    with writing(ws.engine) as transaction:
        table = class_table(transaction, project_id)
        if class_id in table.removed:
            return
        name = current_class(table, class_id).name
        labels = sum(count for (_, other), count in label_counts(transaction, project_id).items() if other == class_id)
        hidden = truth_counts(transaction, project_id).get(class_id, 0)
        if labels or hidden:
            uses = " and ".join(
                f"{count:,} {'image' if count == 1 else 'images'} {words}"
                for count, words in ((labels, "labelled so"), (hidden, "with it as the hidden label"))
                if count
            )
            raise StudioError(
                f"The class “{name}” has {uses}. Give them another class, leave them out of the project on the Grid "
                "page, or merge the class into another one."
            )
        remove_classes(transaction, [class_id], datetime.now(UTC))
        log_change(transaction, actor, project_id, "class removed", name)


def merge_classes(ws: Workspace, actor: Actor, class_id: int, into_id: int) -> None:
    """What is labelled as the first class counts as the second from now on; merged already, nothing happens.

    The log keeps each label as it was given: labels, hidden truth, pins, counts, what stored rankings say and which
    classes are rare are read through the merge, and `restore_class` takes it back. StudioError where one of them lies
    in the bin or was merged into another class, or where they are one class; ValueError where they are not of one
    project.
    """
    require_right(actor, "describe")
    project_id = project_of_class(ws, class_id)
    require_project(ws, project_id)
    if project_of_class(ws, into_id) != project_id:
        raise ValueError(f"class {class_id} cannot be merged into {into_id}: give two classes of one project")
    with writing(ws.engine) as transaction:
        table = class_table(transaction, project_id)
        if class_id == into_id:
            name = table.names[class_id]
            raise StudioError(f"“{name}” is one class, which cannot be merged into itself: name two different classes.")
        if table.merged.get(class_id) == into_id:
            return
        current_class(table, class_id), current_class(table, into_id)
        labelled = label_counts(transaction, project_id)
        counts = Counter({split: count for (split, other), count in labelled.items() if other == class_id})
        mark_merged(transaction, class_id, into_id)
        log_change(transaction, actor, project_id, "class merged", table.names[class_id], new=table.names[into_id])
        _move_counts(transaction, project_id, counts, class_id, into_id)
        refresh_standings(transaction, project_id)


def restore_class(ws: Workspace, actor: Actor, class_id: int) -> DefectClass:
    """Take a class out of the bin, or take back that it was merged into another; in use already, nothing happens. Its
    key, where another class has it now, becomes a free one. ValueError for an unknown class."""
    require_right(actor, "describe")
    project_id = project_of_class(ws, class_id)
    require_project(ws, project_id)
    with writing(ws.engine) as transaction:
        table = class_table(transaction, project_id)
        if class_id in table.merged:
            mark_merged(transaction, class_id, None)
            back = class_table(transaction, project_id).all_of(class_id)
            counts = own_label_counts(transaction, project_id, back)
            _move_counts(transaction, project_id, counts, table.counts_as(class_id), class_id)
            refresh_standings(transaction, project_id)
        if class_id in table.merged or class_id in table.removed:
            log_change(transaction, actor, project_id, "class restored", table.names[class_id])
        revive_classes(transaction, [class_id])
        return current_class(class_table(transaction, project_id), class_id)


def _move_counts(transaction: Connection, project_id: int, counts: Counter[str], before: int, after: int) -> None:
    """`counts`: labels by split."""
    steps = {
        (split, class_id): sign * n for split, n in counts.items() for class_id, sign in ((before, -1), (after, 1))
    }
    add_counts(transaction, project_id, steps, {})
