"""Projects, their settings and their classes."""

from collections.abc import Mapping, Sequence
from secrets import randbits
from string import ascii_lowercase, digits
from typing import Any

from sqlalchemy.engine import Connection

from vabal_core.config import PRESETS
from vabal_core.query.strategies import find_strategy, strategy_if_any
from vabal_core.store import classes as class_rows
from vabal_core.store import projects as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.database import writing
from vabal_core.store.second_looks import SEED, SHARE
from vabal_core.types import (
    RESERVED_KEYS,
    Actor,
    DefectClass,
    EvaluationSource,
    NotFound,
    Project,
    StudioError,
    UnknownId,
)
from vabal_core.types.names import clean_name, name_book, same_name
from vabal_core.workspace.people import require_right
from vabal_core.workspace.workspace import Workspace

EVALUATION_FROM = "evaluation_from"  # the setting that an import writes, and no person

SCALE = "scale"  # of values of more than 8 bits (see scale.py); projects of before have no such setting at all

DEFAULT_SETTINGS: Mapping[str, Any] = {
    "rare_class_ids": [],
    "auto_every": 25,  # labels after which a round starts by itself; 0 is never
    "strategy": "vabal_plus",
    "preset": "interactive",
    "batch": 250,
    "audit_share": 0.05,  # of the images out of a ranking: drawn at random instead, to measure what the ranking brings
    "target": 0.95,  # the share of a class that is to be found before somebody may stop
    SHARE: 0.0,  # of the images people label: labelled by a second person too, who is not shown the first label
    "gold_rate": 0.0,  # of the images people get: such with a certain label, to see how often they say what is there
    "gold_share": 0.0,  # of the images that somebody decided on where people differed: gold from then on
    "side": 0,  # pixels at which a pretrained network reads the images; 0: chosen from the images
}
MIN_VALUES = {"auto_every": 0, "batch": 1, "side": 0}
SHARES = {  # least and most
    "audit_share": (0, 0.5),
    "target": (0.5, 1),
    SHARE: (0, 1),
    "gold_rate": (0, 0.2),
    "gold_share": (0, 1),
}
MIN_SIDE = 32  # pixels, where a side is chosen: a network halves its input five times


def list_projects(ws: Workspace) -> Sequence[Project]:
    """Every project, oldest first; none in the bin."""
    return rows.all_projects(ws.engine)


def every_project(ws: Workspace) -> list[Project]:
    """Those in the bin too: what is running or left over in them is as any other's."""
    return [*rows.all_projects(ws.engine), *rows.all_projects(ws.engine, removed=True)]


def find_project(ws: Workspace, name: str) -> Project:
    """The project called `name`. NotFound naming those that exist, where it is none of them, or lies in the bin."""
    projects = list_projects(ws)
    project = project_if_any(ws, name)
    if project is not None:
        return project
    in_bin = name_book((project.name, project) for project in rows.all_projects(ws.engine, removed=True)).find(name)
    if in_bin is not None:
        return in_use(in_bin, in_bin.id)  # says where it is
    names = ", ".join(f"“{project.name}”" for project in projects)
    raise NotFound(
        f"There is no project “{name}”. " + (f"There are: {names}." if names else "There are none yet: import images.")
    )


def project_if_any(ws: Workspace, name: str) -> Project | None:
    """The project called `name` (see types/names.py), or None."""
    return name_book((project.name, project) for project in list_projects(ws)).find(name)


def create_project(
    ws: Workspace, actor: Actor, name: str, synthetic: bool = False, *, classes: Sequence[str] = ()
) -> Project:
    """A new project without images, with `classes` (names). StudioError when the name is taken, or a name will not do;
    nothing is made then. A project of that name in the bin gets another one."""
    require_right(actor, "import")
    name = clean_name(name, "project")
    class_names = [clean_name(class_name, "class") for class_name in classes]
    with writing(ws.engine) as transaction:
        made = rows.insert_project(transaction, name, synthetic=synthetic, settings={**DEFAULT_SETTINGS, SCALE: None})
        if made is not None:
            class_rows.insert_classes(transaction, made.id, class_names)
            log_change(transaction, actor, made.id, "project made", name, new=class_names or None)
    if made is None:
        raise StudioError(f"There is a project “{name}” already: choose another name, or import into that one.")
    return made


def update_settings(ws: Workspace, actor: Actor, project_id: int, **changes: Any) -> Project:
    """Change some settings (the keys of DEFAULT_SETTINGS) and keep the others. ValueError for one that cannot be."""
    require_right(actor, "learn")
    require_project(ws, project_id)
    for key, value in changes.items():
        _check_setting(ws, project_id, key, value)
    if "rare_class_ids" in changes:
        changes["rare_class_ids"] = _rare_as_chosen(ws, project_id, changes["rare_class_ids"])
    if changes.get(SHARE):
        _draw_seed(ws, project_id)
    return write_settings(ws, actor, project_id, changes)


def _draw_seed(ws: Workspace, project_id: int) -> None:
    """What the images labelled twice are drawn by: once, and in no log that people read."""
    with writing(ws.engine) as transaction:
        project = in_use(rows.project_by_id(transaction, project_id), project_id)
        if SEED not in project.settings:
            rows.merge_settings(transaction, project_id, {SEED: randbits(63)})


def write_settings(ws: Workspace, actor: Actor, project_id: int, changes: Mapping[str, Any]) -> Project:
    """Write `changes` over the project's settings, and down into the log what each was before."""
    with writing(ws.engine) as transaction:
        before = in_use(rows.project_by_id(transaction, project_id), project_id).settings
        for key, value in changes.items():
            if before.get(key) != value:
                log_change(transaction, actor, project_id, "setting changed", key, old=before.get(key), new=value)
        return rows.merge_settings(transaction, project_id, changes)


def _rare_as_chosen(ws: Workspace, project_id: int, chosen: Sequence[int]) -> list[int]:
    """`chosen`, of the classes in use, as it is stored: a class that is rare because of those merged into it stands
    there as these, and what lies in the bin stays as it was, so that each is as before when it comes back."""
    before = require_project(ws, project_id).settings.get("rare_class_ids", [])
    table = class_rows.class_table(ws.engine, project_id)
    parts = {class_id: [rare for rare in before if table.counts_as(rare) == class_id] for class_id in chosen}
    binned = [class_id for class_id in before if table.counts_as(class_id) in table.removed]
    return [*(rare for class_id in chosen for rare in parts[class_id] or [class_id]), *binned]


def usable_settings(project: Project) -> dict[str, Any]:
    """The project's settings, with the default where one is missing or is among `unknown_settings`."""
    unknown = unknown_settings(project)
    return {**DEFAULT_SETTINGS, **{name: value for name, value in project.settings.items() if name not in unknown}}


def unknown_settings(project: Project) -> dict[str, Any]:
    """Settings of the project, written by another version, that name a strategy or a preset this one does not have."""
    stored, unknown = project.settings, {}
    if "strategy" in stored and strategy_if_any(stored["strategy"]) is None:
        unknown["strategy"] = stored["strategy"]
    if "preset" in stored and stored["preset"] not in tuple(PRESETS):
        unknown["preset"] = stored["preset"]
    return unknown


def classes(ws: Workspace, project_id: int) -> list[DefectClass]:
    """The classes in the order they were made, each with the key that labels it ("" where the keys have run out)."""
    return class_rows.classes_of(ws.engine, project_id)


def class_names(ws: Workspace, project_id: int) -> dict[int, str]:
    """class id -> name of every class there has been, as rounds knew them: a merged class names what it is now."""
    table = class_rows.class_table(ws.engine, project_id)
    return {class_id: table.shown(class_id) for class_id in table.names}


def add_class(ws: Workspace, actor: Actor, project_id: int, name: str) -> DefectClass:
    """A new class with a free key; one of that name in the bin comes back. StudioError when the name is taken, empty or
    too long."""
    require_right(actor, "describe")
    require_project(ws, project_id)
    name = clean_name(name, "class")
    with writing(ws.engine) as transaction:
        _refuse_taken(class_rows.class_table(transaction, project_id), name)
        class_rows.forget_former_name(transaction, project_id, name)  # from now on the new class is meant by it
        class_id = class_rows.insert_classes(transaction, project_id, [name])[name]
        log_change(transaction, actor, project_id, "class added", name)
        return _class_by_id(transaction, project_id, class_id)


def rename_class(ws: Workspace, actor: Actor, class_id: int, name: str) -> DefectClass:
    """Give a class another name; its labels stay. StudioError when the name is taken, empty or too long, or the class
    lies in the bin."""
    require_right(actor, "describe")
    project_id = project_of_class(ws, class_id)
    name = clean_name(name, "class")
    with writing(ws.engine) as transaction:
        before = _class_by_id(transaction, project_id, class_id).name
        _refuse_taken(class_rows.class_table(transaction, project_id), name, but=class_id)
        class_rows.update_class_name(transaction, class_id, name)
        log_change(transaction, actor, project_id, "class renamed", before, old=before, new=name)
        return _class_by_id(transaction, project_id, class_id)


def set_class_key(ws: Workspace, actor: Actor, class_id: int, key: str) -> list[DefectClass]:
    """Let `key` label the class; a class that had it gets the other's. Returns all classes of the project.

    StudioError, in words for the person, where the key is no letter or digit, or one that the labelling page uses.
    """
    require_right(actor, "describe")
    project_id = project_of_class(ws, class_id)
    key = key.strip().lower()
    if len(key) != 1 or key not in digits + ascii_lowercase:
        raise StudioError(f"A class's key is one letter from a to z or one digit, not {key!r}: choose another.")
    if key in RESERVED_KEYS:
        free = ", ".join(sorted(set(ascii_lowercase) - RESERVED_KEYS))
        raise StudioError(f"The key {key!r} is used by the Label page itself: choose a digit, or one of {free}.")
    with writing(ws.engine) as transaction:
        before = _class_by_id(transaction, project_id, class_id)
        class_rows.swap_key(transaction, project_id, class_id, key)
        log_change(transaction, actor, project_id, "class key changed", before.name, old=before.key, new=key)
        return class_rows.classes_of(transaction, project_id)


def require_project(ws: Workspace, project_id: int) -> Project:
    """The project with this id; UnknownId where there is none, NotFound where it lies in the bin."""
    return in_use(rows.project_by_id(ws.engine, project_id), project_id)


def in_use(project: Project | None, project_id: int) -> Project:
    """The project; UnknownId where there is none, NotFound where it lies in the bin."""
    if project is None:
        raise UnknownId(f"no project has the id {project_id}")
    if project.removed_at is not None:
        raise NotFound(f"The project “{project.name}” is in the bin: bring it back first, or choose another one.")
    return project


def evaluation_source(project: Project) -> EvaluationSource:
    """Where the project's evaluation images come from."""
    return project.settings.get(EVALUATION_FROM, "unknown")


def project_of_class(ws: Workspace, class_id: int) -> int:
    """The id of the project that the class belongs to; UnknownId where there is no such class."""
    project_id = class_rows.project_of_class(ws.engine, class_id)
    if project_id is None:
        raise UnknownId(f"no class has the id {class_id}")
    return project_id


def current_class(table: class_rows.ClassTable, class_id: int) -> DefectClass:
    """The class, which people label with; StudioError where it lies in the bin or was merged into another."""
    for defect_class in table.current:
        if defect_class.id == class_id:
            return defect_class
    into = table.counts_as(class_id)
    where = "lies in the bin" if into == class_id else f"was merged into “{table.names[into]}”"
    raise StudioError(f"The class “{table.names[class_id]}” {where}: bring it back first.")


def _class_by_id(transaction: Connection, project_id: int, class_id: int) -> DefectClass:
    return current_class(class_rows.class_table(transaction, project_id), class_id)


def _refuse_taken(table: class_rows.ClassTable, name: str, but: int | None = None) -> None:
    """Of a class that is to be renamed, `but`, or of a new one. StudioError where another class has the name; not where
    that one was merged into `but`, nor where it lies in the bin and a new class of its name brings it back."""
    current = {defect_class.id for defect_class in table.current}
    for class_id, other in table.names.items():
        into = table.counts_as(class_id)
        if class_id == but or into == but or not same_name(other, name):
            continue
        if class_id in current:
            raise StudioError(f"There is a class “{other}” already: choose another name.")
        if into != class_id:
            raise StudioError(f"“{other}” was merged into “{table.names[into]}”: choose another name.")
        if but is not None:
            raise StudioError(f"A class “{other}” lies in the bin: bring it back, or choose another name.")


def _check_setting(ws: Workspace, project_id: int, key: str, value: Any) -> None:
    if key not in DEFAULT_SETTINGS:
        raise ValueError(f"no setting is called {key!r}; there are {', '.join(DEFAULT_SETTINGS)}")
    if key == "rare_class_ids":
        unknown = set(value) - {defect_class.id for defect_class in classes(ws, project_id)}
        if unknown:
            raise ValueError(f"rare_class_ids: project {project_id} has no class {sorted(unknown)}")
    elif key in MIN_VALUES:
        least = MIN_VALUES[key]
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{key} is a whole number from {least} up, not {value!r}")
        if key == "side" and 0 < value < MIN_SIDE:
            raise ValueError(f"side is 0 (chosen from the images) or {MIN_SIDE} pixels and more, not {value}")
    elif key in SHARES:
        least, most = SHARES[key]
        if not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"{key} is a number from {least} to {most}, not {value!r}")
    elif key == "strategy":
        find_strategy(value)
    elif value not in tuple(PRESETS):
        raise ValueError(f"preset {value!r} is unknown: choose one of {', '.join(PRESETS)}")
