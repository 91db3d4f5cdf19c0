"""What a person can do with the Studio, in verbs. The pages, the routes and the command line call nothing else."""

from vabal_core.config import PRESETS
from vabal_core.evidence.intervals import Estimate
from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES
from vabal_core.experiment.report import title as experiment_title
from vabal_core.experiment.report import write_report as write_experiment_report
from vabal_core.experiment.summary import Summary as ExperimentSummary
from vabal_core.experiment.summary import summarise as summarise_experiment
from vabal_core.experiment.verdicts import conclusions as experiment_conclusions
from vabal_core.images.ingest.choices import LayoutChoice, folder_patterns, take_asides
from vabal_core.images.ingest.examine import plan_summary
from vabal_core.images.ingest.layout_words import layout_words
from vabal_core.loop.report import RoundReport, report_of
from vabal_core.query.strategies import OFFERED_STRATEGIES, find_strategy, strategy_if_any
from vabal_core.store.labelled_set import ExportRow
from vabal_core.store.leases import Holder
from vabal_core.store.queue import Decision
from vabal_core.store.search import ImageRow
from vabal_core.workspace.bin import BinContents, bin_contents, image_ids_at, remove_images, restore_images
from vabal_core.workspace.changed_images import ChangedImage, changed_images, check_images, take_changed
from vabal_core.workspace.class_bin import class_id_of, merge_classes, remove_class, restore_class
from vabal_core.workspace.class_guide import pin, read_class_guide, set_note
from vabal_core.workspace.csv_labels import TableLabels, label_from_csv
from vabal_core.workspace.demo import demo_is_wanted, ensure_demo
from vabal_core.workspace.desk import DeskRequest, DeskState, Refusal, at_desk, claim_next
from vabal_core.workspace.emptying import Emptied, empty_bin, empty_project
from vabal_core.workspace.evaluation import set_aside
from vabal_core.workspace.experiment_findings import ExperimentFindings, read_findings, results_file
from vabal_core.workspace.experiment_folder import ExperimentState, ProjectExperiment
from vabal_core.workspace.experiment_sizes import USUAL_STRATEGIES, ExperimentSize, expected_seconds, usual_size
from vabal_core.workspace.experiment_sources import (
    ExperimentSource,
    SourceKind,
    label_source,
    look_at_source,
    published_sources,
    why_no_replay,
)
from vabal_core.workspace.experiments import (
    ExperimentProgress,
    experiment_progress,
    list_experiments,
    remove_experiment,
    resume_experiment,
    running_experiment,
    start_experiment,
    stop_experiment,
)
from vabal_core.workspace.export import (
    Export,
    class_ids_called,
    export_csv,
    export_project,
    export_rows,
    write_export,
    write_whole,
)
from vabal_core.workspace.features import (
    FeatureState,
    feature_bytes,
    feature_state,
    read_features,
    remove_features,
    usual_side,
)
from vabal_core.workspace.images import PictureSize, image, image_file, image_totals, images_by_id, picture, preview
from vabal_core.workspace.import_changes import changes_to_apply
from vabal_core.workspace.import_roots import list_import_roots
from vabal_core.workspace.importing import commit_import, discard_import, prepare_import
from vabal_core.workspace.imports import Import, list_imports, restore_import, undo_import
from vabal_core.workspace.labelling import counts, next_images, recent, record
from vabal_core.workspace.layouts import layout_facts, plan_choices
from vabal_core.workspace.learning_curves import LearningCurves, rare_class_ids, read_learning_curves
from vabal_core.workspace.left_out import left_out_csv
from vabal_core.workspace.leftovers import mend_counts, sweep
from vabal_core.workspace.locating import locate_folder
from vabal_core.workspace.near_duplicates import NearDuplicatePair, near_duplicate_pairs, review_stamp
from vabal_core.workspace.oracle import knows_answers, label_at_random, label_for_me
from vabal_core.workspace.people import ORACLE, STUDIO, person
from vabal_core.workspace.presence import note_labelling_here
from vabal_core.workspace.project_bin import (
    find_removed_project,
    remove_project,
    removed_projects,
    rename_project,
    restore_project,
)
from vabal_core.workspace.projects import (
    DEFAULT_SETTINGS,
    add_class,
    class_names,
    classes,
    create_project,
    find_project,
    list_projects,
    rename_class,
    require_project,
    set_class_key,
    unknown_settings,
    update_settings,
    usable_settings,
)
from vabal_core.workspace.round_groups import RoundGroup, group_rounds, starts_by_itself
from vabal_core.workspace.round_progress import RoundProgress, devices, expected_duration, follow_round
from vabal_core.workspace.round_report import Diagnosis, diagnose_round
from vabal_core.workspace.rounds import (
    cancel_round,
    last_done_round,
    list_rounds,
    recover,
    run_round,
    start_if_due,
    start_round,
    unlabelled,
    why_no_round,
)
from vabal_core.workspace.scale import measure_scale, project_scale, scale_name, set_scale
from vabal_core.workspace.search import annotators, search_images
from vabal_core.workspace.shape import Shape, project_tiling
from vabal_core.workspace.uploads import discard_upload, prepare_upload, receive_file, settle_upload
from vabal_core.workspace.workspace import Workspace, open_workspace

__all__ = [
    "class_id_of",
    "find_removed_project",
    "image_ids_at",
    "Emptied",
    "empty_bin",
    "empty_project",
    "BinContents",
    "bin_contents",
    "remove_images",
    "restore_images",
    "merge_classes",
    "remove_class",
    "restore_class",
    "Import",
    "list_imports",
    "restore_import",
    "undo_import",
    "remove_project",
    "removed_projects",
    "rename_project",
    "restore_project",
    "ORACLE",
    "PRESETS",
    "STUDIO",
    "person",
    "ImageRow",
    "Decision",
    "DeskRequest",
    "DeskState",
    "Diagnosis",
    "Estimate",
    "Export",
    "ExperimentFindings",
    "ExperimentProgress",
    "ExperimentSize",
    "ExperimentSource",
    "ExperimentState",
    "ExperimentSummary",
    "ProjectExperiment",
    "SourceKind",
    "USUAL_STRATEGIES",
    "expected_seconds",
    "experiment_progress",
    "label_source",
    "list_experiments",
    "look_at_source",
    "published_sources",
    "read_findings",
    "remove_experiment",
    "results_file",
    "resume_experiment",
    "running_experiment",
    "start_experiment",
    "stop_experiment",
    "usual_size",
    "why_no_replay",
    "MEAN_OVER_SOURCES",
    "experiment_conclusions",
    "experiment_title",
    "summarise_experiment",
    "write_experiment_report",
    "ExportRow",
    "FeatureState",
    "Holder",
    "PictureSize",
    "LearningCurves",
    "LayoutChoice",
    "Refusal",
    "RoundGroup",
    "RoundProgress",
    "RoundReport",
    "DEFAULT_SETTINGS",
    "OFFERED_STRATEGIES",
    "find_strategy",
    "strategy_if_any",
    "Shape",
    "TableLabels",
    "NearDuplicatePair",
    "Workspace",
    "add_class",
    "annotators",
    "at_desk",
    "search_images",
    "cancel_round",
    "ChangedImage",
    "changed_images",
    "changes_to_apply",
    "check_images",
    "locate_folder",
    "take_changed",
    "claim_next",
    "class_ids_called",
    "class_names",
    "classes",
    "commit_import",
    "counts",
    "create_project",
    "demo_is_wanted",
    "devices",
    "diagnose_round",
    "discard_import",
    "ensure_demo",
    "expected_duration",
    "export_csv",
    "export_project",
    "export_rows",
    "feature_bytes",
    "feature_state",
    "find_project",
    "folder_patterns",
    "follow_round",
    "group_rounds",
    "image",
    "image_file",
    "image_totals",
    "images_by_id",
    "list_import_roots",
    "knows_answers",
    "label_at_random",
    "label_for_me",
    "label_from_csv",
    "layout_facts",
    "layout_words",
    "left_out_csv",
    "list_projects",
    "last_done_round",
    "list_rounds",
    "mend_counts",
    "near_duplicate_pairs",
    "next_images",
    "note_labelling_here",
    "open_workspace",
    "picture",
    "pin",
    "preview",
    "plan_choices",
    "plan_summary",
    "prepare_import",
    "prepare_upload",
    "receive_file",
    "settle_upload",
    "discard_upload",
    "read_learning_curves",
    "rare_class_ids",
    "read_class_guide",
    "read_features",
    "recent",
    "record",
    "recover",
    "remove_features",
    "rename_class",
    "report_of",
    "require_project",
    "review_stamp",
    "run_round",
    "measure_scale",
    "project_scale",
    "project_tiling",
    "scale_name",
    "set_aside",
    "set_class_key",
    "set_scale",
    "set_note",
    "start_if_due",
    "starts_by_itself",
    "start_round",
    "sweep",
    "take_asides",
    "unknown_settings",
    "unlabelled",
    "update_settings",
    "usable_settings",
    "usual_side",
    "why_no_round",
    "write_export",
    "write_whole",
]
