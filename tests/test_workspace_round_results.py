"""What a round leaves behind: predictions, what the next round is judged by, and a folder to rank again."""

import sys
from dataclasses import replace

import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN

from vabal_core import workspace
from vabal_core.loop import rescore
from vabal_core.loop.files import read_result, read_task
from vabal_core.query.strategies import STRATEGIES
from vabal_core.store.label_issues import read_label_issues
from vabal_core.types import UNLABELLED
from vabal_core.workspace import round_process


@pytest.fixture
def steel(tmp_path, shared_learner):
    return learnable(tmp_path)


def test_what_a_round_named_before_the_label_is_what_the_next_one_judges_it_by(steel):
    ws, project = steel
    finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    predicted = {item.image_id: item.predicted for item in workspace.next_images(ws, project, "ranked", count=2)}
    workspace.label_for_me(ws, ANN, project, 2)
    second, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY | {"difficulty": "prequential"}))
    task = read_task(round_process.round_folder(ws, second))
    names = [defect_class.name for defect_class in workspace.classes(ws, project)]
    rows = task.prequential != UNLABELLED
    assert {int(key): names[n] for key, n in zip(task.keys[rows], task.prequential[rows], strict=True)} == predicted
    assert (second.metrics["difficulty"], sum(second.metrics["difficulty_counts"])) == ("prequential", 2)


def test_the_number_of_labels_meant_to_come_next_reaches_the_learner(steel):
    ws, project = steel
    round_, _ = finish(workspace.run_round(ws, ANN, project, batch=4, overrides=TINY))
    assert read_task(round_process.round_folder(ws, round_)).batch == round_.batch == 4


def test_a_second_round_of_an_unchanged_project_writes_no_paths_again(steel):
    ws, project = steel
    first, _ = finish(workspace.run_round(ws, ANN, project, strategy="random", overrides=TINY))
    folder = round_process.round_folder(ws, first).parent
    tables = {file: file.stat().st_mtime_ns for file in folder.glob("images-*.json")}
    finish(workspace.run_round(ws, ANN, project, strategy="random", overrides=TINY))
    assert {file: file.stat().st_mtime_ns for file in folder.glob("images-*.json")} == tables
    assert len(tables) == 1
    assert not any(b".png" in file.read_bytes() for file in folder.glob("*/*.json"))


def test_what_a_strategy_needs_before_training_is_set_unless_a_person_sets_it(steel, monkeypatch):
    ws, project = steel
    patient = replace(STRATEGIES["random"], settings={"epochs": 2})
    monkeypatch.setitem(STRATEGIES, "random", patient)
    changes = {name: value for name, value in TINY.items() if name != "epochs"}
    round_, _ = finish(workspace.run_round(ws, ANN, project, strategy="random", overrides=changes))
    assert (round_.config["epochs"], len(round_.metrics["classifier_losses"])) == (2, 2)
    round_, _ = finish(workspace.run_round(ws, ANN, project, strategy="random", overrides=TINY))
    assert round_.config["epochs"] == TINY["epochs"] == 1


def test_a_round_by_a_combination_of_strategies_is_stored_shown_and_ranked_again(steel, monkeypatch, capsys):
    ws, project = steel
    name = "mix(balanced(margin), random, 0.5)"
    workspace.update_settings(ws, ANN, project, strategy=name)
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert round_.state == "done" and round_.strategy == name
    (item,) = workspace.next_images(ws, project, "ranked", count=1)
    assert item.rank == 1 and "from the predicted class with the fewest so far, or at random" in item.details
    monkeypatch.setattr(sys, "argv", ["rescore", str(round_process.round_folder(ws, round_))])
    assert rescore.main() == 0 and '"identical": true' in capsys.readouterr().out


def test_a_round_by_classifier_and_draws_says_beside_each_image_what_both_take_it_for(steel, monkeypatch, capsys):
    ws, project = steel
    round_, _ = finish(workspace.run_round(ws, ANN, project, strategy="vabal_plus", batch=2, overrides=TINY))
    chosen, _, behind = workspace.next_images(ws, project, "ranked", count=3)
    assert chosen.why and "of images that look alike one comes first" in chosen.details
    assert "Ranked by how hard" in behind.details
    assert [term.name for term in chosen.terms] == ["Model", "Second model"]
    assert chosen.terms[0].share == chosen.probability and chosen.terms[1].share in (0.5, 1.0)
    diagnosis = workspace.diagnose_round(ws, project, 1)
    assert diagnosis.report.agreement is not None and set(diagnosis.losses["network"]) == {"classifier", "auto-encoder"}
    monkeypatch.setattr(sys, "argv", ["rescore", str(round_process.round_folder(ws, round_))])
    assert rescore.main() == 0 and '"identical": true' in capsys.readouterr().out


def test_a_round_leaves_what_it_says_of_the_evaluation_images(steel):
    ws, project = steel
    finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    rows, total = workspace.search_images(ws, project, split="evaluation")
    assert total == 3
    assert all(row.predicted_class_id is not None and 0 < row.probability <= 1 for row in rows)


def test_a_round_is_ranked_again_from_its_folder(steel, monkeypatch, capsys):
    ws, project = steel
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    folder = str(round_process.round_folder(ws, round_))

    def say(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["rescore", folder, *arguments])
        code = rescore.main()
        output = capsys.readouterr()
        return code, output.out or output.err

    assert say() == (0, '{"identical": true, "top": 6, "in_both": 6}\n')
    assert '"identical": false' in say("--strategy", "vabal_posterior")[1]
    for strategy in ("mix(vabal, random, 0.5)", "distinct(balanced(entropy))", "power(margin, 2)", "badge"):
        assert say("--strategy", strategy)[0] == 0
    code, words = say("--strategy", "direct")
    assert code == 1 and "needs cross-fitted predictions, and this round trained none" in words
    code, words = say("--strategy", "best")
    assert code == 1 and "vabal_posterior" in words
    code, words = say("--set", "epochs=2")
    assert code == 1 and "'epochs' needs a new round" in words
    (round_process.round_folder(ws, round_) / "checkpoint.pt").unlink()
    code, words = say()
    assert code == 1 and "checkpoints of the last rounds only are kept" in words


def test_a_round_left_by_the_version_before_is_refused_in_words(steel, monkeypatch, capsys):
    ws, project = steel
    round_, _ = finish(workspace.run_round(ws, ANN, project, strategy="random", overrides=TINY))
    folder = round_process.round_folder(ws, round_)
    (folder / "task.json").rename(folder / "job.json")
    monkeypatch.setattr(sys, "argv", ["rescore", str(folder)])
    assert rescore.main() == 1
    assert "older version; start a new one" in capsys.readouterr().err


def test_labels_that_look_wrong_to_a_round_are_stored_with_what_it_says_of_them(steel, monkeypatch):
    ws, project = steel
    monkeypatch.setattr(round_process, "read_result", lambda folder: replace(read_result(folder), label_issues=[14]))
    round_, _ = finish(workspace.run_round(ws, ANN, project, strategy="random", overrides=TINY))
    task, result = (read(round_process.round_folder(ws, round_)) for read in (read_task, read_result))
    (issue,) = read_label_issues(ws.engine, round_.id)
    classes = [defect_class.id for defect_class in workspace.classes(ws, project)]
    assert (issue.image_id, issue.class_id) == (task.keys[14], classes[task.labels[14]])
    assert issue.predicted_class_id == classes[result.out_of_sample.predicted[14]]
    assert issue.label_probability == result.out_of_sample.probabilities[14, task.labels[14]]
