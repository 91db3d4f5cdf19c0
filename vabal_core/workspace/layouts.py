"""How a project's sources are read: what a person decided once is decided for the next source of the same kind."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from vabal_core.images.ingest.choices import LayoutChoice, layout_choices
from vabal_core.store.projects import merge_settings
from vabal_core.types import ImportPlan, Layout, Project
from vabal_core.workspace.workspace import Workspace

LAYOUT = "layout"  # the setting that an import writes, and no person: the layout proposed, and the one chosen instead
_LAYOUTS = TypeAdapter(Layout)

ChooseLayout = Callable[[Layout], Layout]


def layout_choice(project: Project | None, layout: Layout | ChooseLayout | None) -> ChooseLayout:
    """What an import makes of the layout proposed to it: `layout` where one is given; else what the project remembers
    of such a proposal, or the proposal, and that changed where `layout` is a change."""
    if isinstance(layout, Layout):
        return lambda _: layout
    change = layout or (lambda usual: usual)
    return lambda proposed: change(remembered_layout(project, proposed))


def remembered_layout(project: Project | None, proposed: Layout) -> Layout:
    """What was chosen where the same was proposed before, with what is new in this proposal; or `proposed`."""
    stored = project.settings.get(LAYOUT) if project else None
    if not stored:
        return proposed
    before, chosen = (_LAYOUTS.validate_python(stored[key]) for key in ("proposed", "chosen"))
    if _reading(before) != _reading(proposed):
        return proposed
    new = tuple(pattern for pattern in proposed.exclude if pattern not in (*before.exclude, *chosen.exclude))
    return replace(chosen, splits={**proposed.splits, **chosen.splits}, exclude=chosen.exclude + new)


def plan_choices(plan: ImportPlan) -> tuple[LayoutChoice, ...]:
    """The ways to read the paths of the plan's images that a person may choose among."""
    return layout_choices(plan.layout, [entry.path for entry in (*plan.entries, *plan.present)])


def remember_layout(ws: Workspace, project: Project, plan: ImportPlan) -> None:
    """Keep what was chosen where it is not what was proposed; forget it where the proposal is taken again."""
    if plan.layout != remembered_layout(project, plan.proposed):
        chosen = {"proposed": layout_facts(plan.proposed), "chosen": layout_facts(plan.layout)}
        merge_settings(ws.engine, project.id, {LAYOUT: None if plan.layout == plan.proposed else chosen})


def layout_facts(layout: Layout) -> dict[str, Any]:
    """The layout as plain JSON."""
    return _LAYOUTS.dump_python(layout, mode="json")


def _reading(layout: Layout) -> tuple[Any, ...]:
    return layout.class_from, layout.class_level, layout.name_part, layout.separator
