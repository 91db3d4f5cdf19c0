"""What a round leaves behind: predictions, what the next round is judged by, and a folder to rank again."""

import sys

import pytest
from image_files import finish
from ui_projects import TINY, learnable
from workspaces import ANN

from vabal_core import workspace
from vabal_core.loop import rescore
from vabal_core.types import UNLABELLED
from vabal_core.workspace import round_process


@pytest.fixture
def steel(tmp_path):
    return learnable(tmp_path)


def test_what_a_round_foretold_is_what_the_next_one_judges_it_by(steel):
    ws, project = steel
    finish(workspace.run_round(ws, ANN, project, changes=TINY))
    foretold = {item.image_id: item.predicted for item in workspace.next_images(ws, project, "ranked", count=2)}
    workspace.label_for_me(ws, ANN, project, 2)
    snapshot = round_process.take_snapshot(ws, project)
    names = [known.name for known in workspace.classes(ws, project)]
    known = snapshot.foretold != UNLABELLED
    assert {
        int(key): names[n] for key, n in zip(snapshot.keys[known], snapshot.foretold[known], strict=True)
    } == foretold
    second, _ = finish(workspace.run_round(ws, ANN, project, changes=TINY | {"difficulty": "prequential"}))
    assert (second.metrics["difficulty"], sum(second.metrics["difficulty_counts"])) == ("prequential", 2)


def test_a_round_leaves_what_it_says_of_the_evaluation_images(steel):
    ws, project = steel
    finish(workspace.run_round(ws, ANN, project, changes=TINY))
    found, total = workspace.browse(ws, project, split="evaluation")
    assert total == 3
    assert all(row.predicted_class_id is not None and 0 < row.probability <= 1 for row in found)


def test_a_round_is_ranked_again_from_its_folder(steel, monkeypatch, capsys):
    ws, project = steel
    round_, _ = finish(workspace.run_round(ws, ANN, project, changes=TINY))
    folder = str(round_process.round_folder(ws, round_))

    def say(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["rescore", folder, *arguments])
        code = rescore.main()
        said = capsys.readouterr()
        return code, said.out or said.err

    assert say() == (0, '{"identical": true, "top": 6, "in_both": 6}\n')
    assert '"identical": false' in say("--set", "score=posterior")[1]
    code, words = say("--set", "epochs=2")
    assert code == 1 and "'epochs' needs a new round" in words
    (round_process.round_folder(ws, round_) / "checkpoint.pt").unlink()
    code, words = say()
    assert code == 1 and "checkpoints of the last rounds only are kept" in words
