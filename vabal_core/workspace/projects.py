"""Projects, their settings and their classes."""

from collections.abc import Mapping
from string import ascii_lowercase, digits
from typing import Any

from vabal_core.config import PRESETS
from vabal_core.query.strategies import find_strategy, strategy_if_any
from vabal_core.store import projects as rows
from vabal_core.store.database import writing
from vabal_core.types import RESERVED_KEYS, Actor, DefectClass, EvaluationSource, NotFound, Project, StudioError
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
    "side": 0,  # pixels at which a pretrained network reads the images; 0: chosen from the images
}
MIN_VALUES = {"auto_every": 0, "batch": 1, "side": 0}
MIN_SIDE = 32  # pixels, where a side is chosen: a network halves its input five times


def list_projects(ws: Workspace) -> list[Project]:
    """Every project, oldest first."""
    return rows.all_projects(ws.engine)


def find_project(ws: Workspace, name: str) -> Project:
    """The project called `name`. NotFound naming those that exist, where it is none of them."""
    projects = list_projects(ws)
    project = project_if_any(ws, name)
    if project is not None:
        return project
    names = ", ".join(f"“{project.name}”" for project in projects)
    raise NotFound(
        f"There is no project “{name}”. " + (f"There are: {names}." if names else "There are none yet: import images.")
    )


def project_if_any(ws: Workspace, name: str) -> Project | None:
    """The project called `name` (see types/names.py), or None."""
    return name_book((project.name, project) for project in list_projects(ws)).find(name)


def create_project(ws: Workspace, actor: Actor, name: str, synthetic: bool = False) -> Project:
    """A new project without images. StudioError when the name is taken, empty or too long."""
    require_right(actor, "import")
    name = clean_name(name, "project")
    made = rows.insert_project(ws.engine, name, synthetic=synthetic, settings={**DEFAULT_SETTINGS, SCALE: None})
    if made is None:
        raise StudioError(f"There is a project “{name}” already: choose another name, or import into that one.")
    return made


def update_settings(ws: Workspace, actor: Actor, project_id: int, **changes: Any) -> Project:
    """Change some settings (the keys of DEFAULT_SETTINGS) and keep the others. ValueError for one that cannot be."""
    require_right(actor, "learn")
    require_project(ws, project_id)
    for key, value in changes.items():
        _check_setting(ws, project_id, key, value)
    return rows.merge_settings(ws.engine, project_id, changes)


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
    return rows.classes_of(ws.engine, project_id)


def add_class(ws: Workspace, actor: Actor, project_id: int, name: str) -> DefectClass:
    """A new class with a free key. StudioError when the name is taken, empty or too long."""
    require_right(actor, "describe")
    require_project(ws, project_id)
    name = clean_name(name, "class")
    with writing(ws.engine) as transaction:
        _refuse_taken(rows.classes_of(transaction, project_id), name)
        rows.forget_former_name(transaction, project_id, name)  # from now on the new class is meant by it
        rows.insert_classes(transaction, project_id, [name])
        return rows.classes_of(transaction, project_id)[-1]


def rename_class(ws: Workspace, actor: Actor, class_id: int, name: str) -> DefectClass:
    """Give a class another name; its labels stay. StudioError when the name is taken, empty or too long."""
    require_right(actor, "describe")
    project_id = rows.project_of_class(ws.engine, class_id)
    if project_id is None:
        raise ValueError(f"no class has the id {class_id}")
    name = clean_name(name, "class")
    with writing(ws.engine) as transaction:
        defect_classes = rows.classes_of(transaction, project_id)
        _refuse_taken([other for other in defect_classes if other.id != class_id], name)
        rows.update_class_name(transaction, class_id, name)
        by_id = {defect_class.id: defect_class for defect_class in rows.classes_of(transaction, project_id)}
        return by_id[class_id]


def set_class_key(ws: Workspace, actor: Actor, class_id: int, key: str) -> list[DefectClass]:
    """Let `key` label the class; a class that had it gets the other's. Returns all classes of the project.

    StudioError, in words for the person, where the key is no letter or digit, or one that the labelling page uses.
    """
    require_right(actor, "describe")
    project_id = rows.project_of_class(ws.engine, class_id)
    if project_id is None:
        raise ValueError(f"no class has the id {class_id}")
    key = key.strip().lower()
    if len(key) != 1 or key not in digits + ascii_lowercase:
        raise StudioError(f"A class's key is one letter from a to z or one digit, not {key!r}: choose another.")
    if key in RESERVED_KEYS:
        free = ", ".join(sorted(set(ascii_lowercase) - RESERVED_KEYS))
        raise StudioError(f"The key {key!r} is used by the Label page itself: choose a digit, or one of {free}.")
    with writing(ws.engine) as transaction:
        rows.swap_key(transaction, project_id, class_id, key)
        return rows.classes_of(transaction, project_id)


def require_project(ws: Workspace, project_id: int) -> Project:
    """The project with this id; ValueError where there is none."""
    project = rows.project_by_id(ws.engine, project_id)
    if project is None:
        raise ValueError(f"no project has the id {project_id}")
    return project


def evaluation_source(project: Project) -> EvaluationSource:
    """Where the project's evaluation images come from."""
    return project.settings.get(EVALUATION_FROM, "unknown")


def _refuse_taken(defect_classes: list[DefectClass], name: str) -> None:
    for defect_class in defect_classes:
        if same_name(defect_class.name, name):
            raise StudioError(f"There is a class “{defect_class.name}” already: choose another name.")


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
    elif key == "strategy":
        find_strategy(value)
    elif value not in tuple(PRESETS):
        raise ValueError(f"preset {value!r} is unknown: choose one of {', '.join(PRESETS)}")
