"""Settings: validated on construction, in words, written and read back unchanged."""

import json
from dataclasses import FrozenInstanceError, fields
from typing import Literal, get_args, get_origin

import pytest

from vabal_core.config import PRESETS, Config, from_json, interactive, paper, preset, published, to_json
from vabal_core.ui.views.round_settings import PRESETS as NAMED_PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_config_survives_json(name):
    config = preset(name, draws=7)
    assert from_json(json.loads(json.dumps(to_json(config)))) == config


def test_the_paper_preset_is_the_papers_schedule():
    config = paper()
    assert (config.epochs, config.batch_size, config.learning_rate, config.drop_epoch) == (200, 128, 0.1, 160)
    assert (config.optimiser, config.momentum, config.weight_decay, config.stem) == ("sgd", 0.9, 5e-4, "3x3")
    assert (config.vae_epochs, config.vae_learning_rate, config.class_weight, config.draws) == (20, 1e-4, 0.005, 100)
    assert config.vae_least_steps == 0


def test_the_published_preset_adds_to_the_schedule_what_the_paper_scores_with():
    schedule, letter = to_json(paper()), to_json(published())
    assert {name: value for name, value in letter.items() if value != schedule[name]} == {
        "flips": "horizontal",
        "reconstruction": "gaussian",
        "reduction": "sum",
        "kl_weight": "elbo",
        "shrinkage": 1e-6,
    }
    assert (letter["coarse_draws"], letter["vae_least_steps"], letter["temperature"]) == (0, 0, 1.0)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("stem", "5x5", "choose one of 3x3, 7x7"),
        ("optimiser", "adam", "choose one of sgd, adamw"),
        ("flips", "vertical", "choose one of both, horizontal"),
        ("kl_weight", 1.0, "choose one of per_dimension, elbo"),
        ("difficulty", ["hard"], "choose one of in_sample, cross_fit, prequential"),
        ("image_size", 8, "must be at least 16"),
        ("epochs", 0, "must be at least 1"),
        ("batch_size", 1, "must be at least 2"),
        ("vae_batch_size", 1, "must be at least 2"),
        ("folds", 1, "must be at least 2"),
        ("draws", 0, "must be at least 1"),
        ("drop_epoch", -1, "must be at least 0"),
        ("class_weight", -0.1, "must be at least 0"),
        ("weight_decay", -5e-4, "must be at least 0"),
        ("momentum", -0.1, "must be at least 0"),
        ("momentum", 1.0, "must be below 1"),
        ("learning_rate", -1.0, "must be above 0"),
        ("temperature", 0.0, "must be above 0"),
        ("learning_rate", float("inf"), "must be finite"),
        ("class_weight", float("nan"), "must be finite"),
        ("epochs", "many", "must be a value like 24"),
        ("epochs", 3.0, "must be a value like 24"),
        ("epochs", True, "must be a value like 24"),
        ("shrinkage", True, "must be a value like 1.0"),
        ("colour", 1, "must be a value like False"),
        ("weights", None, "must be a value like 'none'"),
        ("weights", "", "give none, imagenet or the path of a state dict"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_value_and_what_is_allowed(name, value, allowed):
    for construct in (Config, interactive, lambda **values: from_json(values)):
        with pytest.raises(ValueError) as error:
            construct(**{name: value})
        assert str(error.value) == f"{name}={value!r}: {allowed}"


@pytest.mark.parametrize("construct", [Config, interactive, lambda **values: preset("paper", **values)])
def test_a_retired_setting_is_refused_with_what_to_choose_instead(construct):
    with pytest.raises(ValueError, match="^setting score is no more: choose the strategy vabal or vabal_posterior"):
        construct(score="posterior")


@pytest.mark.parametrize("score", ["joint", "posterior"])
def test_what_an_older_version_stored_is_read_without_its_retired_settings(score):
    assert from_json({**to_json(paper()), "score": score}) == paper()


def test_all_wrong_settings_are_named_at_once_on_one_line():
    with pytest.raises(ValueError) as error:
        Config(epochs=0, colours=True, stem="5x5")
    wrong = ["stem='5x5': choose one of 3x3, 7x7", "epochs=0: must be at least 1"]
    wrong += ["setting colours is unknown to this version: is it colour?"]
    assert str(error.value).splitlines() == ["; ".join(wrong)]


def test_every_setting_with_choices_offers_its_default():
    for field in fields(Config):
        if get_origin(field.type) is Literal:
            assert field.default in get_args(field.type)


def test_a_whole_number_does_where_a_fraction_is_meant():
    assert Config(learning_rate=1).learning_rate == 1.0


def test_settings_cannot_be_changed_once_made():
    with pytest.raises(FrozenInstanceError):
        Config().epochs = 3


def test_unknown_names_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match="choose one of interactive, thorough, paper, published"):
        preset("fast")
    for read in (lambda: preset("interactive", colours=True), lambda: from_json({"colours": True})):
        with pytest.raises(ValueError, match=r"^setting colours is unknown to this version: is it colour\?$"):
            read()


def test_a_setting_that_is_called_like_no_other_is_unknown_and_no_more():
    with pytest.raises(ValueError, match="^setting qqq is unknown to this version$"):
        Config(qqq=1)


def test_settings_stored_before_a_setting_existed_read_as_what_they_did():
    """A round of an older version flipped both ways and averaged each term over its own dimensions."""
    older = {name: value for name, value in to_json(Config()).items() if name not in ("flips", "kl_weight")}
    assert (from_json(older).flips, from_json(older).kl_weight) == ("both", "per_dimension")


def test_changes_apply_to_a_preset():
    assert preset("interactive", epochs=3) == interactive(epochs=3)
    assert interactive(epochs=3).epochs == 3


def test_every_preset_has_a_name_on_the_rounds_page():
    assert list(NAMED_PRESETS) == list(PRESETS)
