"""The labelled set as a CSV file."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, flag, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.export.csv import csv_pieces
from vabal_core.store import labelled_set as labelled
from vabal_core.types.cells import FORMULA, as_written

COLUMNS = (
    "path,label,split,annotator,labelled_at,round,rank,score,predicted_label,predicted_probability,strategy,fingerprint"
)


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def exported(steel: Filled) -> list[dict[str, str]]:
    text = b"".join(workspace.export_csv(steel.ws, steel.project_id)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_unlabelled_project_leaves_the_columns_alone(steel: Filled) -> None:
    assert b"".join(workspace.export_csv(steel.ws, steel.project_id)).decode() == COLUMNS + "\r\n"


def test_a_label_leaves_with_everything_known_when_it_was_given(steel: Filled) -> None:
    steel.rank(steel.pool[:3])
    steel.record(label(steel.pool[1], steel.class_ids[2], round=1))
    steel.rank(steel.pool[5:9], strategy="entropy")
    (row,) = exported(steel)
    labelled_at = datetime.fromisoformat(row.pop("labelled_at"))
    assert labelled_at.utcoffset() == timedelta(0)
    assert row == {
        "path": "p/1.png",
        "label": "scratches",
        "split": "pool",
        "annotator": "ann",
        "round": "1",
        "rank": "2",
        "score": "0.5",
        "predicted_label": "crazing",
        "predicted_probability": "0.75",
        "strategy": "vabal",
        "fingerprint": f"{1:064x}",
    }


def test_evaluation_labels_leave_too_and_say_what_they_are(steel: Filled) -> None:
    steel.record(label(steel.evaluation[0], steel.class_ids[0]), label(steel.pool[3], steel.class_ids[0]))
    assert [(row["path"], row["split"]) for row in exported(steel)] == [("p/3.png", "pool"), ("p/20.png", "evaluation")]


def test_only_the_label_that_counts_leaves(steel: Filled) -> None:
    a, b, c, d = steel.pool[:4]
    first, second, _ = steel.class_ids
    steel.record(label(a, first), label(a, second), label(b, first, "e2"), undo(b, "e2"), skip(c))
    steel.record(label(d, first), skip(d))
    labels = [(row["path"], row["label"]) for row in exported(steel)]
    assert labels == [("p/0.png", "inclusion"), ("p/3.png", "crazing")]


def test_a_label_in_doubt_does_not_leave(steel: Filled) -> None:
    for image_id in steel.pool[:4]:
        steel.record(label(image_id, steel.class_ids[0]))
    steel.record(unsure(steel.pool[0]), flag(steel.pool[1], comment="a hair"), unsure(steel.pool[2], "u1"))
    steel.record(undo(steel.pool[2], "u1"), flag(steel.pool[5]))
    assert [row["path"] for row in exported(steel)] == ["p/2.png", "p/3.png"]


def test_after_an_undo_the_label_brought_back_keeps_its_own_annotator(steel: Filled) -> None:
    first, second, _ = steel.class_ids
    steel.record(label(steel.pool[0], first, "e1"), annotator="ann")
    steel.record(label(steel.pool[0], second, "e2"), annotator="bob")
    steel.record(undo(steel.pool[0], "e2"), annotator="bob")
    (row,) = exported(steel)
    assert (row["label"], row["annotator"]) == ("crazing", "ann")


def test_the_order_is_that_of_the_images_not_of_the_labels(steel: Filled) -> None:
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in reversed(steel.pool)))
    assert [row["path"] for row in exported(steel)] == [f"p/{i}.png" for i in range(20)]
    assert exported(steel) == exported(steel)


def test_every_image_leaves_once_however_small_the_pieces(steel: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool))
    whole = exported(steel)
    for piece in (1, 7, 20):
        monkeypatch.setattr(labelled, "PIECE", piece)
        assert exported(steel) == whole


def test_somebody_may_label_add_and_rename_classes_in_the_middle_of_an_export(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelled, "PIECE", 2)
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[:6]))
    rows = workspace.export_rows(steel.ws, steel.project_id)
    assert next(rows).path == "p/0.png"
    added = workspace.add_class(steel.ws, ANN, steel.project_id, "patches").id
    steel.record(label(steel.pool[10], added))
    workspace.rename_class(steel.ws, ANN, added, "spots")
    assert [(row.path, row.label) for row in rows][-1] == ("p/10.png", "spots")


def test_text_of_any_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    odd = 'ü "quoted", comma; 鋼'
    workspace.rename_class(steel.ws, ANN, steel.class_ids[0], odd)
    steel.record(label(steel.pool[0], steel.class_ids[0]), annotator=odd)
    (row,) = exported(steel)
    assert (row["label"], row["annotator"]) == (odd, odd)


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=b"]
    rows = csv.reader(io.StringIO(b"".join(csv_pieces(["a"], [[text] for text in texts])).decode(), newline=""))
    assert [row[0] for row in rows][1:] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "a=b"]


def test_numbers_times_and_nothing_are_written_exactly() -> None:
    noon = datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    text = b"".join(csv_pieces(list("abcde"), [[-0.1 - 0.2, 3, None, noon, datetime(2024, 5, 1, tzinfo=UTC)]])).decode()
    line = text.splitlines()[1].split(",")
    assert float(line[0]) == -0.1 - 0.2
    assert line[1:] == ["3", "", "2024-05-01T12:00:00+00:00", "2024-05-01T00:00:00+00:00"]


def test_lines_end_as_the_standard_says() -> None:
    assert b"".join(csv_pieces(["a", "b"], [["two\nlines", 'say "x"']])) == b'a,b\r\n"two\nlines","say ""x"""\r\n'


def test_the_file_is_made_while_it_is_read() -> None:
    taken = 0

    def rows():
        nonlocal taken
        for i in range(100_000):
            taken = i
            yield [i]

    pieces = csv_pieces(["a"], rows())
    next(pieces)
    assert taken < 2_000


@pytest.mark.parametrize("text", ["a", "=a", "'=a", "''-1", "'a", "'", "", "\tb", "+1"])
def test_what_was_written_is_read_back_as_it_was_and_never_runs(text: str) -> None:
    ((_, cell),) = [row for row in csv.reader(io.StringIO(b"".join(csv_pieces(["n", "x"], [(1, text)])).decode()))][1:]
    assert as_written(cell) == text
    assert not cell.startswith(FORMULA)
