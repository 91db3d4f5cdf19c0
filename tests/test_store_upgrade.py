"""A project made before the third schema opens with the same labels, counts, queue, export, history and class guide.

data/project_of_schema_0002.sql is what the version before left: 40 images, labels by two people with skips, undos,
doubts and comments, pins and a note, one finished round with its ranking and held-out predictions. The answers are its
own.
"""

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from test_store_counts import kept
from workspaces import ANN, filled, flag, label, skip, undo

from vabal_core import workspace
from vabal_core.store import migrate
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading, writing
from vabal_core.store.labels import current_labels, prequential_classes
from vabal_core.workspace import Workspace
from vabal_core.workspace.import_source import project_folder

DATA = Path(__file__).parent / "data"
DUMP = (DATA / "project_of_schema_0002.sql").read_text(encoding="utf-8")
CRAZING, INCLUSION, SCRATCHES = 1, 2, 3


def load(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.executescript(DUMP)


@pytest.fixture
def old(tmp_path: Path) -> Workspace:
    load(tmp_path / "studio.db")
    return workspace.open_workspace(tmp_path)


def test_labels_and_predictions_made_before_them_are_the_same(old: Workspace) -> None:
    assert current_labels(old.engine, 1) == {
        1: 1, 3: 3, 6: 2, 8: 3, 9: 1, 24: 3, 25: 3, 27: 3, 28: 1, 29: 2, 30: 3, 33: 1, 34: 2, 35: 3, 36: 1, 37: 2
    }  # fmt: skip
    assert prequential_classes(old.engine, 1) == {24: 1, 25: 1, 27: 1, 28: 1, 29: 1, 30: 1}


def test_the_counts_kept_from_now_on_begin_as_the_sum_over_the_log(old: Workspace) -> None:
    assert label_counts(old.engine, 1) == {
        ("pool", CRAZING): 3, ("pool", INCLUSION): 2, ("pool", SCRATCHES): 6,
        ("evaluation", CRAZING): 2, ("evaluation", INCLUSION): 2, ("evaluation", SCRATCHES): 1,
    }  # fmt: skip
    counts = workspace.counts(old, 1)
    assert (counts.pool_total, counts.evaluation_total, counts.since_round) == (11, 5, 6)
    assert (counts.unsure, counts.flagged) == (2, 2)
    assert workspace.image_totals(old, 1) == {"pool": 32, "evaluation": 8}


def test_the_queues_bring_the_same_images_in_the_same_order(old: Workspace) -> None:
    ranked = workspace.next_images(old, 1, "ranked", count=40)
    assert [item.image_id for item in ranked] == [22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 2, 32, 31, 5, 23]
    first = ranked[0]
    assert (first.round, first.rank, first.score, first.predicted) == (1, 9, 0.1111111111111111, "crazing")
    evaluation = workspace.next_images(old, 1, "evaluation", count=40)
    about = [(item.image_id, item.predicted, item.probability) for item in evaluation]
    assert about == [(39, "crazing", 0.8046875), (40, "inclusion", 0.8125)]


def test_the_export_is_the_same_to_the_byte(old: Workspace) -> None:
    assert b"".join(workspace.export_csv(old, 1)) == (DATA / "project_of_schema_0002.csv").read_bytes()


def test_the_history_of_each_person_is_the_same(old: Workspace) -> None:
    def history(annotator: str) -> list[tuple[str, int, str, int | None]]:
        past = workspace.recent(old, 1, annotator=annotator)
        return [(decision.event_id, decision.image_id, decision.kind, decision.class_id) for decision in past]

    assert history("ann") == [
        ("e26", 38, "unsure", None), ("e25", 37, "label", 2), ("e24", 23, "skip", None), ("e23", 24, "label", 3),
        ("e22", 25, "label", 3), ("e17", 28, "label", 1), ("e16", 29, "label", 2), ("e15", 30, "label", 3),
        ("e6", 6, "unsure", None), ("e5", 5, "skip", None), ("e4", 4, "label", 2), ("e3", 3, "label", 2),
        ("e1", 1, "label", 1),
    ]  # fmt: skip
    assert history("bob") == [
        ("e30", 27, "label", 3), ("e29", 6, "label", 2), ("e21", 26, "flag", None), ("e20", 27, "label", 2),
        ("e19", 4, "unsure", None), ("e18", 3, "label", 3), ("e13", 36, "label", 1), ("e12", 35, "label", 3),
        ("e11", 34, "label", 2), ("e10", 33, "label", 1), ("e9", 9, "label", 1), ("e8", 8, "label", 3),
        ("e7", 7, "flag", None),
    ]  # fmt: skip
    comments = [decision.comment for decision in workspace.recent(old, 1, annotator="bob") if decision.comment]
    assert comments == ["wrong side of the strip", "inclusion or scratch?", "a hair on the lens"]


def test_the_class_guide_is_the_same(old: Workspace) -> None:
    guide = [
        (entry.name, entry.note, [image.id for image in entry.examples], [image.id for image in entry.counter_examples])
        for entry in workspace.read_class_guide(old, 1)
    ]
    assert guide == [
        ("crazing", "", [1], [9]),
        ("inclusion", "Dark and long: never wider than the grain.", [], []),
        ("scratches", "", [24], []),
    ]


def test_the_review_shows_the_same_doubtful_labels(old: Workspace) -> None:
    rows, _ = workspace.search_images(old, 1, disagrees=True, sort="disagreement", descending=True)
    assert [(row.image_id, row.class_id, row.predicted_class_id, row.probability) for row in rows] == [
        (24, 3, 1, 0.75), (25, 3, 1, 0.75), (27, 3, 1, 0.75), (29, 2, 1, 0.75), (30, 3, 1, 0.75),
        (3, 3, 1, 0.5234375), (1, 1, 2, 0.5078125),
    ]  # fmt: skip


def contents(file: Path) -> dict[str, object]:
    """What a database holds: its schema, by name, and the rows of each table in order."""
    with closing(sqlite3.connect(file)) as database:
        schema = database.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: sorted(map(repr, database.execute(f'SELECT * FROM "{name}"'))) for name in tables}
    return {"schema": {name: " ".join((sql or "").split()) for name, sql in schema}, **rows}


def test_the_way_back_restores_the_schema_before_and_its_rows(tmp_path: Path, old: Workspace) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with writing(old.engine) as transaction:
        config.attributes["connection"] = transaction
        command.downgrade(config, "0002")
    old.engine.dispose()
    load(tmp_path / "before.db")
    assert contents(tmp_path / "studio.db") == contents(tmp_path / "before.db")


def test_the_log_still_refuses_changes(old: Workspace) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="label_event is a log"), writing(old.engine) as transaction:
        transaction.exec_driver_sql("UPDATE label_event SET annotator = 'x'")
    with reading(old.engine) as transaction:
        assert transaction.exec_driver_sql("SELECT count(*) FROM label_event").scalar() == 30


def test_files_in_the_data_folder_are_kept_relative_to_it_wherever_it_was_before(tmp_path: Path) -> None:
    load(tmp_path / "studio.db")
    moved = tmp_path / "projects" / "steel-1" / "images" / "set" / "2.png"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(b"x")
    before = {1: f"{tmp_path}/projects/1.png", 2: "/gone/data/projects/steel-1/images/set/2.png", 3: "/line/3.png"}
    with closing(sqlite3.connect(tmp_path / "studio.db")) as database, database:
        database.executemany("UPDATE image SET file = ? WHERE id = ?", [(file, id_) for id_, file in before.items()])
    upgraded = workspace.open_workspace(tmp_path)
    with reading(upgraded.engine) as transaction:
        kept = transaction.exec_driver_sql("SELECT file FROM image WHERE id < 4 ORDER BY id").scalars().all()
    assert kept == ["projects/1.png", "projects/steel-1/images/set/2.png", "/line/3.png"]
    assert workspace.image(upgraded, 2).file == moved


def test_the_way_back_takes_images_out_of_the_bin_and_classes_apart(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    crazing, inclusion, _ = steel.class_ids
    steel.record(
        label(steel.pool[0], crazing), skip(steel.pool[1]), flag(steel.pool[2]), label(steel.pool[3], inclusion, "e"),
        undo(steel.pool[3], "e"),
    )  # fmt: skip
    before = kept(steel)
    workspace.remove_images(steel.ws, ANN, steel.project_id, steel.pool[:5])
    workspace.merge_classes(steel.ws, ANN, crazing, inclusion)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with writing(steel.ws.engine) as transaction:
        config.attributes["connection"] = transaction
        command.downgrade(config, "0003")
        command.upgrade(config, "head")
    assert kept(steel) == before
    assert not workspace.mend_counts(steel.ws)


def test_projects_made_before_keep_the_folder_of_their_archives(old: Workspace) -> None:
    folder = project_folder(old, "Steel")
    assert folder.name == "steel-" + sha256(b"Steel").hexdigest()[:8]
    workspace.rename_project(old, workspace.person("ann"), 1, "Copper")
    assert project_folder(old, "Copper") == folder
