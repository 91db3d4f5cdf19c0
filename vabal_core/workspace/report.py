"""The report of a project: everything that a quality engineer files, gathered in one go and written as one file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from vabal_core.estimate.project import ProjectEstimates
from vabal_core.export.html_report import html_report
from vabal_core.export.manifest import versions
from vabal_core.export.report import (
    ClassReport,
    DataFacts,
    LabelFacts,
    Report,
    ReportImport,
)
from vabal_core.query.strategies import find_strategy
from vabal_core.store.classes import class_table
from vabal_core.store.counts import state_counts
from vabal_core.store.images import size_counts
from vabal_core.store.migrate import schema_version
from vabal_core.types import Actor, ImageState, Project, Split
from vabal_core.workspace.bin import bin_contents
from vabal_core.workspace.class_guide import read_class_guide
from vabal_core.workspace.estimates import project_estimates
from vabal_core.workspace.export import Export
from vabal_core.workspace.imports import list_imports
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.learning_curves import LearningCurves, read_learning_curves
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import evaluation_source, require_project, usable_settings
from vabal_core.workspace.quality_forecast import foreseen_quality, labels_a_minute
from vabal_core.workspace.report_labels import LabelTally, tally_labels
from vabal_core.workspace.report_people import People, people_of
from vabal_core.workspace.report_pictures import MAX_OF_CLASS, class_pictures
from vabal_core.workspace.report_round import measured_rounds, round_facts
from vabal_core.workspace.rounds import last_done_round, list_rounds
from vabal_core.workspace.workspace import Workspace

SAMPLES = 2 * MAX_OF_CLASS  # some may lack their file
MAX_SIZES = 8
SETTINGS = {
    "strategy": "How images are chosen",
    "preset": "How long to learn (preset)",
    "auto_every": "Labels after which the model learns by itself",
    "batch": "Labels meant to be given in a round",
    "audit_share": "Share of images drawn at random out of a ranking",
    "target": "Share of a class that is to be found",
    "side": "Side in pixels at which a pretrained network reads the images",
}


def export_report(ws: Workspace, actor: Actor, project_id: int, *, names: bool = True) -> Export:
    """The report as an HTML file that needs nothing else. Without `names` people are called "Person 1" and so on.
    NotAllowed where the actor may not export; ValueError where there is no such project."""
    require_right(actor, "export")
    report = read_report(ws, actor, project_id, names=names)
    file_name = f"{report.project} report {report.made_at:%Y-%m-%d}.html"
    return Export(name=file_name, media_type="text/html; charset=utf-8", pieces=iter([html_report(report)]))


def read_report(ws: Workspace, actor: Actor, project_id: int, *, names: bool = True) -> Report:
    """Gather what the report says, as of now; `actor` is who asks for it."""
    project = require_project(ws, project_id)
    curves, estimates = read_learning_curves(ws, project_id), project_estimates(ws, project_id)
    newest = round_facts(ws, project_id, last_done_round(ws, project_id))
    tally = tally_labels(ws, project_id, SAMPLES)
    people = people_of([*tally.people], names=names)
    done = [round_ for round_ in list_rounds(ws, project_id) if round_.state == "done"]
    return Report(
        project=project.name,
        created_at=project.created_at,
        made_at=datetime.now(UTC),
        made_by=actor.name if names else "",
        names=names,
        synthetic=project.synthetic,
        schema=schema_version(ws.engine),
        versions=versions(),
        data=_data(ws, project, people),
        classes=_classes(ws, project, curves, estimates, tally),
        labels=_labels(ws, project_id, tally, people),
        round_=newest,
        rounds=measured_rounds(done, curves.quality),
        round_count=len(done),
        forecasts=tuple(foreseen_quality(curves).forecasts),
        overall=estimates,
        ranked=curves.benefit.total.chosen,
        ranked_rare=curves.benefit.total.rare,
        gap=curves.gap,
        waiting=curves.waiting,
        settings=_settings(project),
    )


def _data(ws: Workspace, project: Project, people: People) -> DataFacts:
    states = state_counts(ws.engine, project.id)
    sizes = size_counts(ws.engine, project.id)
    imports = (
        ReportImport(
            at=row.created_at,
            title=row.title,
            by=people.shown(row.annotator),
            images=row.images,
            labelled=row.labelled,
            state=row.state,
        )
        for row in reversed(list_imports(ws, project.id))
    )
    return DataFacts(
        states={(split, state): states[split, state] for split in get_args(Split) for state in get_args(ImageState)},
        removed=bin_contents(ws, project.id, limit=1).image_count,
        sizes=tuple((*size, count) for size, count in sizes.most_common(MAX_SIZES)),
        size_count=len(sizes),
        imports=tuple(imports),
        evaluation_from=evaluation_source(project),
    )


def _classes(
    ws: Workspace, project: Project, curves: LearningCurves, estimates: ProjectEstimates, tally: LabelTally
) -> tuple[ClassReport, ...]:
    guide, table, now = read_class_guide(ws, project.id), class_table(ws.engine, project.id), counts(ws, project.id)
    pictures = class_pictures(ws, project, guide, tally.samples)
    progress = {row.defect_class.id: row for row in curves.classes}
    estimated = {row.defect_class.id: row for row in estimates.classes}
    return tuple(
        ClassReport(
            name=entry.name,
            rare=progress[entry.class_id].rare,
            note=entry.note,
            merged=tuple(table.names[class_id] for class_id in table.all_of(entry.class_id)[1:]),
            pictures=pictures.get(entry.class_id, ()),
            labels={"pool": now.pool[entry.class_id], "evaluation": now.evaluation[entry.class_id]},
            last_label=tally.last_of.get(entry.name),
            taken=progress[entry.class_id].waiting,
            estimates=estimated.get(entry.class_id),
        )
        for entry in guide
        if entry.class_id in progress  # one that was made meanwhile
    )


def _labels(ws: Workspace, project_id: int, tally: LabelTally, people: People) -> LabelFacts:
    return LabelFacts(
        people=tuple((people.shown(name), count) for name, count in tally.people.most_common()),
        choices=dict(tally.choices.most_common()),
        days=dict(sorted(tally.days.items())),
        first=tally.first,
        last=tally.last,
        per_minute=labels_a_minute(ws, project_id),
        sha256=tally.sha256,
        left_out=tally.left_out,
    )


def _settings(project: Project) -> Mapping[str, str]:
    values = usable_settings(project)
    shown = values | {"strategy": find_strategy(values["strategy"]).title}
    shown |= {"auto_every": values["auto_every"] or "never by itself", "target": f"{100 * values['target']:g} %"}
    shown |= {"audit_share": f"{100 * values['audit_share']:g} of 100", "side": values["side"] or "by the images"}
    return {words: str(shown[name]) for name, words in SETTINGS.items()}
