"""Settings: validated on construction, written and read back unchanged."""

import pytest

from vabal_core.config import Config, from_json, interactive, paper, preset, to_json


def test_a_config_survives_json():
    config = paper(score="posterior", draws=7)
    assert from_json(to_json(config)) == config


def test_the_paper_preset_is_the_papers_schedule():
    config = paper()
    assert (config.epochs, config.batch_size, config.learning_rate, config.drop_epoch) == (200, 128, 0.1, 160)
    assert (config.optimiser, config.momentum, config.weight_decay, config.stem) == ("sgd", 0.9, 5e-4, "3x3")
    assert (config.vae_epochs, config.vae_learning_rate, config.class_weight, config.draws) == (20, 1e-4, 0.005, 100)
    assert config.vae_least_steps == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"score": "best"},
        {"stem": "5x5"},
        {"optimiser": "adam"},
        {"epochs": 0},
        {"draws": 0},
        {"learning_rate": -1.0},
        {"temperature": 0.0},
        {"folds": 1},
        {"difficulty": "hard"},
        {"class_weight": -0.1},
        {"image_size": 8},
        {"epochs": "many"},
        {"colour": 1},
        {"weights": ""},
    ],
)
def test_a_wrong_setting_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Config(**wrong)


def test_unknown_names_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match="interactive, paper"):
        preset("fast")
    with pytest.raises(ValueError, match="colours"):
        preset("interactive", colours=True)
    with pytest.raises(ValueError, match="colours"):
        from_json({"colours": True})


def test_changes_apply_to_a_preset():
    assert preset("interactive", epochs=3) == interactive(epochs=3)
    assert interactive(epochs=3).epochs == 3
