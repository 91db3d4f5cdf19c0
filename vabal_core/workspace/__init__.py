"""What a person can do with the Studio, in verbs. The pages, the routes and the command line call nothing else."""

from vabal_core.config import PRESETS
from vabal_core.estimate.finds import Finds
from vabal_core.estimate.forecast import Forecast
from vabal_core.estimate.left import Left, Needed
from vabal_core.estimate.project import NEXT_IMAGES, ClassEstimates, ProjectEstimates
from vabal_core.evidence.gap import EvaluationGap
from vabal_core.evidence.intervals import Estimate
from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES
from vabal_core.experiment.markdown import interval as points_interval
from vabal_core.experiment.markdown import p_value
from vabal_core.experiment.markdown import points as in_points
from vabal_core.experiment.report import PAIRED as PAIRED_DIFFERENCES
from vabal_core.experiment.report import title as experiment_title
from vabal_core.experiment.report import write_report as write_experiment_report
from vabal_core.experiment.summary import Summary as ExperimentSummary
from vabal_core.experiment.summary import summarise as summarise_experiment
from vabal_core.experiment.verdicts import conclusions as experiment_conclusions
from vabal_core.images.ingest.answers import answered
from vabal_core.images.ingest.choices import LayoutChoice, change_splits, folder_patterns, take_asides
from vabal_core.images.ingest.layout_words import layout_words
from vabal_core.images.ingest.plan_summary import plan_summary
from vabal_core.loop.report import RoundReport, report_of
from vabal_core.query.strategies import OFFERED_STRATEGIES, find_strategy, strategy_if_any
from vabal_core.store.change_log import Change
from vabal_core.store.label_history import LoggedLabel
from vabal_core.store.labelled_set import ExportRow
from vabal_core.store.log_order import LogFilter
from vabal_core.store.queue import Decision
from vabal_core.store.search import ImageRow
from vabal_core.store.turns import patience
from vabal_core.workspace.accounts import (
    disable_account,
    enable_account,
    invite,
    invite_admin,
    invite_first_admin,
    list_accounts,
    make_account,
    project_members,
    set_members,
    set_role,
    sign_out,
)
from vabal_core.workspace.admission import SESSION_SECONDS, admit, database_identity, may_see, visible_projects
from vabal_core.workspace.agreements import (
    MIN_TWICE_LABELLED,
    ClassPair,
    PeopleAgreement,
    PersonFacts,
    people_agreement,
    people_facts,
)
from vabal_core.workspace.audit_trail import CHANGES, TrailOf, export_trail, read_trail, trail_people
from vabal_core.workspace.backups import BackupFacts, backup
from vabal_core.workspace.bin import BinContents, bin_contents, image_ids_at, remove_images, restore_images
from vabal_core.workspace.by_exception import SureGroup, SureImages, sure_images
from vabal_core.workspace.class_bin import class_id_of, merge_classes, remove_class, restore_class
from vabal_core.workspace.class_guide import pin, read_class_guide, set_note
from vabal_core.workspace.class_progress import ClassProgress
from vabal_core.workspace.csv_labels import TableLabels, label_from_csv
from vabal_core.workspace.demo import DEMO as DEMO_NAME
from vabal_core.workspace.demo import demo_is_wanted, ensure_demo
from vabal_core.workspace.desk import at_desk, free_images
from vabal_core.workspace.desk_state import DeskRequest, DeskState, Refusal
from vabal_core.workspace.disagreements import disagreeing_images
from vabal_core.workspace.emptying import Emptied, empty_bin, empty_project
from vabal_core.workspace.estimate_keeper import kept_estimates, made_estimates
from vabal_core.workspace.estimates import project_estimates
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
from vabal_core.workspace.file_checks import ChangedImage, changed_images, check_images, take_changed
from vabal_core.workspace.health import Health, every_project_counted, read_health
from vabal_core.workspace.images import PictureSize, image, image_file, image_totals, images_by_id, picture, preview
from vabal_core.workspace.import_changes import changes_to_apply, new_classes
from vabal_core.workspace.import_roots import example_address, is_allowed, list_import_roots
from vabal_core.workspace.import_undo import UndoneImport, restore_import, undo_import
from vabal_core.workspace.importing import commit_import, discard_import, prepare_import
from vabal_core.workspace.imports import Import, ImportState, list_imports
from vabal_core.workspace.label_standings import LabelIssues, label_issues
from vabal_core.workspace.labelling import came_labelled, counts, next_images, recent, record
from vabal_core.workspace.layouts import layout_facts, plan_choices
from vabal_core.workspace.learning_curves import LearningCurves, labelling_pace, rare_class_ids, read_learning_curves
from vabal_core.workspace.lease_time import expect_desks_again
from vabal_core.workspace.left_out import left_out_csv
from vabal_core.workspace.leftovers import mend_counts, sweep
from vabal_core.workspace.locating import locate_folder
from vabal_core.workspace.measured_choices import MeasuredChoices, MeasuredStrategy, read_measured_choices
from vabal_core.workspace.near_duplicates import NearDuplicatePair, near_duplicate_pairs, review_stamp
from vabal_core.workspace.opinions import SecondLookCounts, gold_counts, mark_gold, second_look_counts, unmark_gold
from vabal_core.workspace.oracle import knows_answers, label_at_random, label_for_me, take_back_for_me
from vabal_core.workspace.people import ORACLE, STUDIO, Right, may, person, require_right, why_not_allowed
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
from vabal_core.workspace.quality_forecast import foreseen_quality, labels_a_minute
from vabal_core.workspace.ranking_benefit import MIN_RECENT_LABELS, RankingBenefit
from vabal_core.workspace.report import export_report
from vabal_core.workspace.restoring import restore
from vabal_core.workspace.round_groups import RoundGroup, group_rounds, starts_by_itself
from vabal_core.workspace.round_pace import devices, devices_so_far
from vabal_core.workspace.round_progress import RoundProgress, expected_duration, follow_round
from vabal_core.workspace.round_recovery import recover
from vabal_core.workspace.round_report import Diagnosis, diagnose_round
from vabal_core.workspace.round_takeover import Takeover, take_over_rounds
from vabal_core.workspace.rounds import (
    cancel_round,
    last_done_round,
    list_rounds,
    run_round,
    start_if_due,
    start_round,
    start_usual_round,
    unlabelled,
    why_no_round,
)
from vabal_core.workspace.scale import measure_scale, project_scale, scale_name, set_scale
from vabal_core.workspace.search import annotators, search_images
from vabal_core.workspace.second_looks import issue_words
from vabal_core.workspace.server_status import Backlog, Disk, ServerStatus, read_status
from vabal_core.workspace.shape import Shape, project_tiling
from vabal_core.workspace.signing_in import (
    accept_invitation,
    change_password,
    check_password,
    invited_account,
    provided_account,
)
from vabal_core.workspace.similar import SimilarImages, similar_images
from vabal_core.workspace.state import ProjectState, project_state, state_at_desk
from vabal_core.workspace.state_facts import Action, ImageReading
from vabal_core.workspace.table_preview import TablePreview, preview_source
from vabal_core.workspace.uploads import discard_upload, prepare_upload, receive_file, settle_upload
from vabal_core.workspace.workspace import Workspace, one_state, open_workspace

__all__ = [
    "accept_invitation", "Action", "add_class", "admit", "annotators", "answered", "at_desk", "Backlog", "backup",
    "BackupFacts", "bin_contents", "BinContents", "came_labelled", "cancel_round", "Change", "change_splits",
    "change_password", "changed_images", "ChangedImage", "CHANGES", "changes_to_apply",
    "check_images", "check_password", "class_id_of",
    "class_ids_called", "class_names", "classes", "ClassEstimates", "ClassPair", "ClassProgress", "commit_import",
    "counts", "create_project", "database_identity", "Decision", "DEFAULT_SETTINGS", "demo_is_wanted", "DEMO_NAME",
    "DeskRequest", "DeskState", "devices", "devices_so_far", "diagnose_round", "Diagnosis", "disable_account",
    "disagreeing_images", "discard_import", "discard_upload", "Disk", "Emptied", "empty_bin", "empty_project",
    "enable_account", "ensure_demo", "Estimate", "EvaluationGap", "every_project_counted", "example_address",
    "expect_desks_again", "expected_duration", "expected_seconds", "experiment_conclusions", "experiment_progress",
    "experiment_title", "ExperimentFindings", "ExperimentProgress", "ExperimentSize", "ExperimentSource",
    "ExperimentState", "ExperimentSummary", "Export", "export_csv", "export_project", "export_report", "export_rows",
    "export_trail", "ExportRow", "feature_bytes", "feature_state", "FeatureState", "find_project",
    "find_removed_project", "find_strategy", "Finds", "folder_patterns", "follow_round", "Forecast",
    "foreseen_quality", "free_images", "gold_counts", "group_rounds", "Health", "image", "image_file", "image_ids_at",
    "image_totals", "ImageReading", "ImageRow", "images_by_id", "Import", "ImportState", "in_points", "invite",
    "invite_admin", "invite_first_admin", "invited_account", "is_allowed", "issue_words", "kept_estimates",
    "knows_answers", "label_at_random", "label_for_me", "label_from_csv", "label_issues", "label_source",
    "LabelIssues", "labelling_pace", "labels_a_minute", "last_done_round", "layout_facts", "layout_words",
    "LayoutChoice", "LearningCurves", "Left", "left_out_csv", "list_accounts", "list_experiments", "list_import_roots",
    "list_imports", "list_projects", "list_rounds", "locate_folder", "LogFilter", "LoggedLabel", "look_at_source",
    "made_estimates", "make_account", "mark_gold", "may", "may_see", "MEAN_OVER_SOURCES", "measure_scale",
    "MeasuredChoices", "MeasuredStrategy", "mend_counts", "merge_classes", "MIN_RECENT_LABELS", "MIN_TWICE_LABELLED",
    "near_duplicate_pairs", "NearDuplicatePair", "Needed", "new_classes", "NEXT_IMAGES", "next_images",
    "note_labelling_here", "OFFERED_STRATEGIES", "one_state", "open_workspace", "ORACLE", "p_value",
    "PAIRED_DIFFERENCES", "patience", "people_agreement", "people_facts", "PeopleAgreement", "person", "PersonFacts",
    "picture", "PictureSize", "pin", "plan_choices", "plan_summary", "points_interval", "prepare_import",
    "prepare_upload", "PRESETS", "preview", "preview_source", "project_estimates", "project_members", "project_scale",
    "project_state", "project_tiling", "ProjectEstimates", "ProjectExperiment", "ProjectState", "provided_account",
    "published_sources", "RankingBenefit", "rare_class_ids", "read_class_guide", "read_features", "read_findings",
    "read_health", "read_learning_curves", "read_measured_choices", "read_status", "read_trail", "receive_file",
    "recent", "record", "recover", "Refusal", "remove_class", "remove_experiment", "remove_features", "remove_images",
    "remove_project", "removed_projects", "rename_class", "rename_project", "report_of", "require_project",
    "require_right", "restore", "restore_class", "restore_images", "restore_import", "restore_project", "results_file",
    "resume_experiment", "review_stamp", "Right", "RoundGroup", "RoundProgress", "RoundReport", "run_round",
    "running_experiment", "scale_name", "search_images", "second_look_counts", "SecondLookCounts", "ServerStatus",
    "SESSION_SECONDS", "set_aside", "set_class_key", "set_members", "set_note", "set_role", "set_scale",
    "settle_upload", "Shape", "sign_out", "similar_images", "SimilarImages", "SourceKind", "start_experiment",
    "start_if_due", "start_round", "start_usual_round", "starts_by_itself", "state_at_desk", "stop_experiment",
    "strategy_if_any", "STUDIO", "summarise_experiment", "sure_images", "SureGroup", "SureImages", "sweep",
    "TableLabels", "TablePreview", "take_asides", "take_back_for_me", "take_changed", "take_over_rounds", "Takeover",
    "trail_people", "TrailOf", "undo_import", "UndoneImport", "unknown_settings", "unlabelled", "unmark_gold",
    "update_settings", "usable_settings", "usual_side", "usual_size", "USUAL_STRATEGIES", "visible_projects",
    "why_no_replay", "why_no_round", "why_not_allowed", "Workspace", "write_experiment_report", "write_export",
    "write_whole",
]  # fmt: skip
