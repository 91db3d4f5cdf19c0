"""The forms in which a figure of the paper can be made: how large, by what network, with how many labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Form:
    """`words` stand beside every result of it. `small` is behind a data set of the paper (see variants.py): as many of
    its images as a CPU carries.

    `pixels` are the settings of images of 32 pixels in colour, which both data sets of the paper hold, `other_pixels`
    those of any other source.
    """

    words: str
    preset: str
    overrides: Mapping[str, Any]
    pixels: Mapping[str, Any]
    other_pixels: Mapping[str, Any]
    initial: int
    batch: int
    rounds: int
    seeds: int
    small: str = ""

    @property
    def total(self) -> int:
        """Labels in all."""
        return self.initial + self.batch * self.rounds


# The Studio's own schedule for a network from scratch (the defaults of Config), where the preset "paper" has another.
SHORT_SCHEDULE = {
    "backbone": "resnet18-quarter",
    "optimiser": "adamw",
    "epochs": 24,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "weight_decay": 0.05,
    "schedule": "one_cycle",
    "vae_least_steps": 2400,
    "coarse_draws": 10,
    "vaal_steps": 500,
}

FORMS = {
    "frozen": Form(
        words="a logistic head on frozen features of EfficientNet-Lite0: minutes on a CPU, and another learner than "
        "the paper's",
        # Not as steel of that size is read, at 64 pixels and in mirror images: photographs have an up.
        preset="interactive",
        overrides={},
        pixels={"colour": True, "image_size": 128, "mirrors": False},
        other_pixels={},
        initial=500,
        batch=500,
        rounds=5,
        seeds=5,
        small="~test(2000)",
    ),
    "narrow": Form(
        words="a ResNet-18 with a quarter of its channels from scratch, 24 epochs, half the labels of the paper: hours "
        "on a CPU",
        preset="paper",
        overrides=SHORT_SCHEDULE,
        pixels={"colour": True, "image_size": 32},
        other_pixels={"stem": "7x7"},
        initial=250,
        batch=250,
        rounds=5,
        seeds=3,
        small="~pool(5000)~test(1000)",
    ),
    "full": Form(
        words="the paper's network and schedule (200 epochs), the VAE as this Studio reads it (preset paper), "
        "horizontal flips alone: for a GPU",
        preset="paper",
        overrides={"flips": "horizontal"},
        pixels={"colour": True, "image_size": 32},
        other_pixels={},
        initial=500,
        batch=500,
        rounds=5,
        seeds=3,
    ),
    "published": Form(
        words="the paper to the letter (preset published): for a GPU",
        preset="published",
        overrides={},
        pixels={"colour": True, "image_size": 32},
        other_pixels={},
        initial=500,
        batch=500,
        rounds=5,
        seeds=3,
    ),
}


def find_form(name: str) -> Form:
    """The form called `name`; ValueError names those there are."""
    if name not in FORMS:
        raise ValueError(f"form {name!r} is unknown: choose one of {', '.join(FORMS)}")
    return FORMS[name]
