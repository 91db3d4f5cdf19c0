"""One frozen Config for everything a round can be told, validated on construction; presets are functions.

Every departure from the paper (Choi, Yi et al., CVPR 2021) is a named setting here, its default's reason beside it.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from difflib import get_close_matches
from functools import wraps
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

T = TypeVar("T")

BatchSize = Annotated[int, Field(ge=2)]  # batch norm needs two images
AtLeastOne = Annotated[int, Field(ge=1)]
NonNegativeInt = Annotated[int, Field(ge=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
PositiveFloat = Annotated[float, Field(gt=0)]


def _errors_in_words(settings: type[T]) -> type[T]:
    """Wrong settings raise a ValueError that says "name=value: what is allowed" of each, on one line."""
    validate = settings.__init__

    @wraps(validate)
    def construct(self: T, /, **values: Any) -> None:
        try:
            validate(self, **values)
        except ValidationError as error:
            raise ValueError("; ".join(map(_in_words, error.errors(include_url=False)))) from None

    settings.__init__ = construct
    return settings


@_errors_in_words
@dataclass(frozen=True, kw_only=True, config=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False))
class Config:
    """Settings of one round.

    Images
      image_size      side in pixels at which images are read; 64 is the size of NEU-CLS-64. The Studio chooses it from
                      the images where they are read by a pretrained network (workspace/features.py).
      colour          learn from three channels; False because inspection cameras are grey.

    Classifier
      learning        "scratch": a network trained each round (the paper); "frozen": a pretrained network reads every
                      image once, and a logistic head is fitted on its features in a second; "finetune": that network
                      trained further each round, its last stage first.
      backbone        "resnet18" (the paper), "resnet34", "resnet18-quarter" (a quarter of its channels: a CPU can train
                      it; nothing is published with it), "lite0" (EfficientNet-Lite0) or "timm/NAME", any network of
                      timm whose weights are in the local cache or given as a file.
      stem            "3x3" (stride 1, no pooling: the paper's, for 32-pixel images) or "7x7" (torchvision's own,
                      about 20 times cheaper at 64 pixels).
      weights         "none" (the paper), "imagenet" (what was published with the backbone; that of "lite0" comes
                      with a package, no request leaves the machine) or the path of a local state dict.
      class_balance   whether the loss of a label is divided by its class's share of the labels, so that rare classes
                      weigh as much as common ones; False: the paper. The head on frozen features always does.
      mirrors         frozen features are averages over an image and its three mirror images: four times the cost, and
                      worth it on rolled steel, which has no up and no left (benchmarks/learner.py).
      flips           random mirror images while training: "both" ways, because a defect on a rolled sheet has no up and
                      no left; "horizontal" alone is usual for CIFAR (the paper).
      optimiser       "sgd" (momentum 0.9: the paper) or "adamw", which learns from a hundred labels in 24 epochs what
                      SGD at the paper's rate does not: there it calls everything one class.
      epochs, batch_size, learning_rate, momentum, weight_decay   200, 128, 0.1, 0.9 and 5e-4 in the paper.
      schedule        "step" (learning_rate, a tenth of it after `drop_epoch`: the paper) or "one_cycle" (linear warm-up
                      then cosine to zero: reaches the same accuracy in fewer epochs).
      dropout         share of the values dropped before each residual block, in training and in the passes of the
                      strategy `bald`, which sets the paper's 0.25. On frozen features in those passes alone, of what
                      the head reads (0.25 where this is 0).
      dropout_passes  100 (the paper).
      learning_loss   what the loss of predicting losses weighs beside a network's own: the strategy `learning_loss`
                      sets 1 (Yoo and Kweon, CVPR 2019).
      vaal_steps      in which the networks of the strategy `vaal` learn: 500 take 10 seconds of one core on frozen
                      features, 80 on pixels; "paper" sets 39,000, the 100 epochs of its authors on CIFAR-10.
      ensemble_size   classifiers of the strategy `ensemble`: 5 (Beluch et al., CVPR 2018).

    Variational auto-encoder
      vae_epochs, vae_batch_size, vae_learning_rate   20, 128 and Adam 1e-4 (the paper).
      vae_least_steps at least so many steps, in more epochs where the pool is small: the paper's 20 epochs are 7,000
                      steps on its pools but 540 on one of 3,400 images, where the VAE then still knows nothing and
                      the joint score ranks backwards. 0 in the presets "paper" and "published".
      vae_warm_steps  so many steps from the VAE that the round before has left, instead of a training from its first
                      weights: where features are frozen the taps stay as they are, and only a few of the predicted
                      classes have changed. 0: never (the paper, and every round that learns taps of its own).
                      On frozen features (benchmarks/vae_steps.py) 1,200 steps at 2e-4 from the first weights rank by
                      the joint score at least as 2,400 at 1e-4 do (rank correlation with trainings of 4,800: 0.85 to
                      0.94 beside 0.75 to 0.91; those have 0.95 with each other) in half the time, and 300 still rank
                      backwards; 200 warm steps a round, eight rounds in a row, end as near (0.90) in a sixth of it.
      class_weight    lambda of Eq. 9, 0.005 (the paper); 0 leaves the latent space blind to the class.
      latent_energy   w_n of Eq. 6: "square" (the paper's default), "absolute" or "sigmoid" (Table 2).
      projection      "norm_linear": batch norm, linear, sigmoid, so that all channels of a stage weigh alike whatever
                      their scale; "linear_norm": linear, batch norm, sigmoid.
      mask_while_training   decode z without the predicted class's block in training too, as Eq. 8 does in scoring;
                      False: Eq. 9 decodes the z it has sampled.
      reconstruction  "bernoulli": features lie in (0, 1); "gaussian" (unit variance: the paper, as it seems) made the
                      joint score erratic.
      reduction       "mean" over dimensions: with "sum" (the paper, as it seems) lambda = 0.005 is drowned and the
                      latent space stays blind.
      kl_weight       what the KL term counts beside the reconstruction where `reduction` is "mean". "per_dimension":
                      each is averaged over its own dimensions, D = 512 and Z = 10 C, so the KL term counts D/Z times
                      what it does in the ELBO (5 times at 10 classes, half at 100); every measured figure is of this.
                      "elbo": both are divided by D, the ELBO a dimension. A "sum" is the ELBO itself (the paper).

    Score
      draws           S = 100 draws of z an image (the paper), the same for all images, so that their noise does not
                      reorder them.
      coarse_draws    every image gets so many of them first, and only the most wanted twentieth (1,000 at least) all:
                      the same top of the ranking at a fraction of the cost (benchmarks/scoring.py). 0: all draws for
                      all (the paper).
      temperature     divides the log-likelihood in the posterior of Eq. 5 (strategy "vabal_posterior"); 1: as printed.
      use_prior, use_reliability   Table 1's ablation: a term left out counts as equal for every class.
      difficulty      where Eq. 10 looks: "in_sample", at the images the classifier was trained on (the paper; near 1
                      for every class once it knows its labels by heart); "cross_fit", at predictions of classifiers
                      that did not see them: honest, and `folds` times dearer; "prequential", at what the rounds before
                      had predicted when the label was given: honest and free, but of the images chosen as hard, and
                      "in_sample" as long as there are none.
      mask_kl         leave the masked block out of the KL term too; False: the paper masks the decoder's input only.
      prior_from      Eq. 11 counts predictions on the "labelled" pool (the paper) or on the unlabelled "pool".
      shrinkage       pseudo-images added to Eqs. 10 and 11, so that a class never predicted is not 0/0.
    """

    image_size: Annotated[int, Field(ge=16)] = 64  # the network halves it five times
    colour: bool = False
    learning: Literal["frozen", "finetune", "scratch"] = "scratch"
    backbone: Annotated[str, Field(pattern=r"^(resnet18|resnet34|resnet18-quarter|lite0|timm/.+)$")] = "resnet18"
    stem: Literal["3x3", "7x7"] = "7x7"
    weights: Annotated[str, Field(min_length=1)] = "none"
    class_balance: bool = False
    mirrors: bool = False
    flips: Literal["both", "horizontal"] = "both"
    optimiser: Literal["sgd", "adamw"] = "adamw"
    epochs: AtLeastOne = 24
    batch_size: BatchSize = 32
    learning_rate: PositiveFloat = 1e-3
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    weight_decay: NonNegativeFloat = 0.05
    schedule: Literal["step", "one_cycle"] = "one_cycle"
    drop_epoch: NonNegativeInt = 160
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    dropout_passes: AtLeastOne = 100
    learning_loss: NonNegativeFloat = 0.0
    vaal_steps: AtLeastOne = 500
    ensemble_size: Annotated[int, Field(ge=2)] = 5
    vae_epochs: AtLeastOne = 20
    vae_batch_size: BatchSize = 128
    vae_learning_rate: PositiveFloat = 1e-4
    vae_least_steps: NonNegativeInt = 2400
    vae_warm_steps: NonNegativeInt = 0
    class_weight: NonNegativeFloat = 0.005
    latent_energy: Literal["square", "absolute", "sigmoid"] = "square"
    projection: Literal["norm_linear", "linear_norm"] = "norm_linear"
    mask_while_training: bool = False
    reconstruction: Literal["bernoulli", "gaussian"] = "bernoulli"
    reduction: Literal["mean", "sum"] = "mean"
    kl_weight: Literal["per_dimension", "elbo"] = "per_dimension"
    draws: AtLeastOne = 100
    coarse_draws: NonNegativeInt = 10
    temperature: PositiveFloat = 1.0
    use_prior: bool = True
    use_reliability: bool = True
    difficulty: Literal["in_sample", "cross_fit", "prequential"] = "in_sample"
    folds: Annotated[int, Field(ge=2)] = 5
    mask_kl: bool = False
    prior_from: Literal["labelled", "pool"] = "labelled"
    shrinkage: PositiveFloat = 1.0

    def __post_init__(self) -> None:
        if self.learning != "scratch" and self.weights == "none":
            raise ValueError(f"learning={self.learning!r} starts from pretrained weights: give weights, not 'none'")
        if self.stem == "3x3" and not self.backbone.startswith("resnet"):
            raise ValueError(f"stem='3x3': {self.backbone} has a stem of its own; choose 7x7 with it")


_ALLOWED = {
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be above {gt:g}",
    "less_than": "must be below {lt:g}",
    "finite_number": "must be finite",
    "literal_error": "choose one of {choices}",
    "string_too_short": "give none, imagenet or the path of a state dict",
    "string_pattern_mismatch": "choose one of resnet18, resnet34, resnet18-quarter, lite0, or timm/NAME",
}


def _in_words(error: ErrorDetails) -> str:
    if not error["loc"]:  # two settings that do not go together
        return str(error["ctx"]["error"])
    name = error["loc"][0]
    if name in RETIRED:
        return f"setting {name} is no more: {RETIRED[name].instead}"
    if error["type"] == "unexpected_keyword_argument":
        near = get_close_matches(str(name), [field.name for field in fields(Config)])
        return f"setting {name} is unknown to this version{': is it ' + ' or '.join(near) + '?' if near else ''}"
    field = next(field for field in fields(Config) if field.name == name)
    allowed = _ALLOWED.get(error["type"], "must be a value like {default!r}")
    words = {"default": field.default, "choices": ", ".join(map(str, get_args(field.type)))}
    return f"{name}={error['input']!r}: {allowed.format(**error.get('ctx', {}), **words)}"


def interactive(**overrides: Any) -> Config:
    """The preset for labelling: a head on the frozen features of EfficientNet-Lite0, fitted in a second.

    Its out-of-fold predictions cost nothing more, so Eq. 10 is read from them.
    """
    frozen = Config(
        learning="frozen", backbone="lite0", weights="imagenet", difficulty="cross_fit",
        vae_learning_rate=2e-4, vae_epochs=1, vae_least_steps=1200, vae_warm_steps=200,
    )  # fmt: skip
    return replace(frozen, **overrides)


def thorough(**overrides: Any) -> Config:
    """EfficientNet-Lite0 trained further from its published weights: for a GPU, or for patience.

    Not shown to be worth it on neu-crops-64: beside the head on frozen features +1.0 and -0.8 points of balanced
    accuracy with 500 labels (two seeds), +0.3 with 1,000, in minutes instead of a second (benchmarks/finetune.py).
    """
    tuned = Config(learning="finetune", backbone="lite0", weights="imagenet", class_balance=True)
    return replace(tuned, **overrides)


def paper(**overrides: Any) -> Config:
    """The paper's schedule and stem: 200 epochs, batch 128, rate 0.1 then 0.01 after epoch 160, 3x3 stem."""
    schedule = Config(
        stem="3x3", optimiser="sgd", epochs=200, batch_size=128, learning_rate=0.1, weight_decay=5e-4,
        schedule="step", drop_epoch=160, vae_least_steps=0, coarse_draws=0, vaal_steps=39_000,
    )  # fmt: skip
    return replace(schedule, **overrides)


def published(**overrides: Any) -> Config:
    """The paper to the letter, for reproductions; goes with the strategy `vabal_posterior`, its Eq. 5 as printed.

    The schedule and stem of `paper`, horizontal flips alone, the ELBO summed with a Gaussian reconstruction, and a
    shrinkage that decides nothing but what would be 0/0.
    """
    letter = paper(
        flips="horizontal", reconstruction="gaussian", reduction="sum", kl_weight="elbo", shrinkage=1e-6,
    )  # fmt: skip
    return replace(letter, **overrides)


PRESETS: dict[str, Callable[..., Config]] = {
    "interactive": interactive,
    "thorough": thorough,
    "paper": paper,
    "published": published,
}


class Retired(NamedTuple):
    """A setting that rounds of older versions were stored with and that no round has any more."""

    default: str
    instead: str


RETIRED = {"score": Retired("joint", "choose the strategy vabal or vabal_posterior instead")}


def preset(name: str, **overrides: Any) -> Config:
    """The preset called `name` with `overrides` applied; ValueError names the presets there are, or the wrong one."""
    if name not in PRESETS:
        raise ValueError(f"preset {name!r} is unknown: choose one of {', '.join(PRESETS)}")
    return PRESETS[name](**overrides)


def parse_override(text: str) -> tuple[str, Any]:
    """ "epochs=5" as ("epochs", 5): the value is read as JSON where it is JSON, as text where it is not."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: write NAME=VALUE, as in --set epochs=5")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def to_json(config: Config) -> dict[str, Any]:
    """The settings as plain JSON values."""
    return asdict(config)


def from_json(values: dict[str, Any]) -> Config:
    """The Config that `to_json` wrote, in this version or an older one; ValueError names a setting that is unknown.

    A setting that the older version did not have gets its default, which is what that version did; a retired one is
    left out.
    """
    return Config(**{name: value for name, value in values.items() if name not in RETIRED})
