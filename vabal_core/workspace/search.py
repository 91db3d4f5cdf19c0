"""Look through the images of a project by any mix of filters."""

from datetime import datetime
from typing import Any, get_args

from vabal_core.store import search as rows
from vabal_core.store.search import Filter, ImageRow
from vabal_core.types import ImageState, Sort, Split
from vabal_core.workspace.disagreements import disagreeing_images
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

MAX_PAGE_IMAGES = 1_000
MAX_NAMED_IMAGES = 10_000  # in one statement; SQLite takes 32,766 values


def search_images(
    ws: Workspace,
    project_id: int,
    *,
    sort: Sort = "position",
    descending: bool = False,
    offset: int = 0,
    limit: int = 60,
    **filters: Any,
) -> tuple[list[ImageRow], int]:
    """One page of the images that pass every one of the `filters` (arguments of `filter_of`), and how many pass in all.

    `sort`: "disagreement" is the model's probability where label and model differ; rows without a value come last
    either way. ValueError for a negative `offset`, a `limit` outside 1..1000, a `sort` that does not exist, or as
    `filter_of` has it.
    """
    require_project(ws, project_id)
    check_page(offset, limit)
    _check_choice(sort, get_args(Sort))
    criteria = filter_of(ws, project_id, **filters)
    return rows.search_images(
        ws.engine, project_id, criteria, sort=sort, descending=descending, offset=offset, limit=limit
    )


def filter_of(
    ws: Workspace,
    project_id: int,
    *,
    class_id: int | None = None,
    split: Split | None = None,
    round: int | None = None,
    predicted_class_id: int | None = None,
    min_probability: float | None = None,
    max_probability: float | None = None,
    labelled: bool | None = None,
    text: str = "",
    state: ImageState | None = None,
    annotator: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    min_score: float | None = None,
    max_score: float | None = None,
    disagrees: bool | None = None,
    people_differ: bool | None = None,
    gold: bool | None = None,
) -> Filter:
    """What to show. None lets everything through.

    `class_id`: labelled so now. `round`: decided on while that round's ranking was in use. `text`: part of the path,
    capitals or not. `annotator`, `since` (that moment too) and `until` (before it; both aware): of the decision that
    counts, a label, an "unsure" or a "flag". `disagrees`: the label is another class than a model says that had not
    learned from the image; False: the same. `people_differ`: people say different things of it, and nobody has decided
    yet. `gold`: its label is certain. ValueError for a `state` that does not exist, or a time without a zone.
    """
    _check_choice(state, (None, *get_args(ImageState)))
    _check_zones(since, until)
    disagreeing = _few_disagreeing(ws, project_id) if disagrees else None
    return Filter(
        class_id=class_id, split=split, round=round, predicted_class_id=predicted_class_id, labelled=labelled,
        min_probability=min_probability, max_probability=max_probability, text=text.strip(), state=state,
        annotator=annotator, since=since, until=until, min_score=min_score, max_score=max_score, disagrees=disagrees,
        disagreeing=disagreeing, people_differ=people_differ, gold=gold,
    )  # fmt: skip


def check_page(offset: int, limit: int) -> None:
    """ValueError where no page can be so."""
    if offset < 0 or not 1 <= limit <= MAX_PAGE_IMAGES:
        raise ValueError(f"offset {offset} and limit {limit}: offset is 0 or more, limit 1 to {MAX_PAGE_IMAGES}")


def _check_choice(value: Any, choices: tuple[Any, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{value!r} is none of {choices}")


def _check_zones(*moments: datetime | None) -> None:
    for moment in moments:
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"a time without a zone was given: {moment!r}; give an aware datetime")


def _few_disagreeing(ws: Workspace, project_id: int) -> tuple[int, ...] | None:
    """Where they are few, the others need not be looked at; all of them in one statement would be too many for it."""
    image_ids = disagreeing_images(ws, project_id)
    return image_ids if len(image_ids) <= MAX_NAMED_IMAGES else None


def annotators(ws: Workspace, project_id: int) -> list[str]:
    """Everybody who has decided on an image of the project, by name; imports and the demo's oracle among them."""
    require_project(ws, project_id)
    return rows.annotators(ws.engine, project_id)
