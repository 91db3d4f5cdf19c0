"""One frozen Config for everything a round can be told, validated on construction; presets are functions.

Every departure from the paper (Choi, Yi et al., CVPR 2021) is a named setting here, its default's reason beside it.
"""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Config:
    """Settings of one round.

    Images
      image_size      side in pixels to which images are resized for learning; 64 is the size of NEU-CLS-64.
      colour          learn from three channels; False because inspection cameras are grey.

    Classifier
      backbone        "resnet18" (the paper) or "resnet34".
      stem            "3x3" (stride 1, no pooling: the paper's, for 32-pixel images) or "7x7" (torchvision's own,
                      about 20 times cheaper at 64 pixels).
      weights         "none" (the paper), "imagenet" (torchvision's DEFAULT) or the path of a local state dict.
      optimiser       "sgd" (momentum 0.9: the paper) or "adamw", which learns from a hundred labels in 24 epochs what
                      SGD at the paper's rate does not: there it calls everything one class.
      epochs, batch_size, learning_rate, momentum, weight_decay   200, 128, 0.1, 0.9 and 5e-4 in the paper.
      schedule        "step" (learning_rate, a tenth of it after `drop_epoch`: the paper) or "one_cycle" (linear warm-up
                      then cosine to zero: reaches the same accuracy in fewer epochs).

    Variational auto-encoder
      vae_epochs, vae_batch_size, vae_learning_rate   20, 128 and Adam 1e-4 (the paper).
      vae_least_steps at least so many steps, in more epochs where the pool is small: the paper's 20 epochs are 7,000
                      steps on its pools but 540 on one of 3,400 images, where the VAE then still knows nothing and
                      the joint score ranks backwards. 0 in the preset "paper", which keeps to the letter.
      class_weight    lambda of Eq. 9, 0.005 (the paper); 0 leaves the latent space blind to the class.
      latent_energy   w_n of Eq. 6: "square" (the paper's default), "absolute" or "sigmoid" (Table 2).
      projection      "norm_linear": batch norm, linear, sigmoid, so that all channels of a stage weigh alike whatever
                      their scale; "linear_norm": linear, batch norm, sigmoid.
      mask_while_training   decode z without the predicted class's block in training too, as Eq. 8 does in scoring;
                      False: Eq. 9 decodes the z it has sampled.
      reconstruction  "bernoulli": features lie in (0, 1); "gaussian" (unit variance) made the joint score erratic.
      reduction       "mean" over dimensions: with "sum" lambda = 0.005 is drowned and the latent space stays blind.

    Score
      score           "joint": 1 - sum_n reliability_n p(x|n) p(n), un-normalised, the better finder of rare classes as
                      measured; "posterior": Eq. 5 as printed.
      draws           S = 100 draws of z an image (the paper), the same for all images, so that their noise does not
                      reorder them.
      coarse_draws    every image gets so many of them first, and only the most wanted twentieth (1,000 at least) all:
                      the same top of the ranking at a fraction of the cost (benchmarks/scoring.py). 0: all draws for
                      all (the paper).
      temperature     divides the log-likelihood in "posterior"; 1 is Eq. 5 as printed.
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

    image_size: int = 64
    colour: bool = False
    backbone: Literal["resnet18", "resnet34"] = "resnet18"
    stem: Literal["3x3", "7x7"] = "7x7"
    weights: str = "none"
    optimiser: Literal["sgd", "adamw"] = "adamw"
    epochs: int = 24
    batch_size: int = 32
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.05
    schedule: Literal["step", "one_cycle"] = "one_cycle"
    drop_epoch: int = 160
    vae_epochs: int = 20
    vae_batch_size: int = 128
    vae_learning_rate: float = 1e-4
    vae_least_steps: int = 2400
    class_weight: float = 0.005
    latent_energy: Literal["square", "absolute", "sigmoid"] = "square"
    projection: Literal["norm_linear", "linear_norm"] = "norm_linear"
    mask_while_training: bool = False
    reconstruction: Literal["bernoulli", "gaussian"] = "bernoulli"
    reduction: Literal["mean", "sum"] = "mean"
    score: Literal["joint", "posterior"] = "joint"
    draws: int = 100
    coarse_draws: int = 10
    temperature: float = 1.0
    use_prior: bool = True
    use_reliability: bool = True
    difficulty: Literal["in_sample", "cross_fit", "prequential"] = "in_sample"
    folds: int = 5
    mask_kl: bool = False
    prior_from: Literal["labelled", "pool"] = "labelled"
    shrinkage: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, wanted = getattr(self, field.name), type(field.default)
            fits = type(value) is wanted or (wanted is float and type(value) is int)
            _require(fits, f"{field.name}={value!r}: must be a value like {field.default!r}")
        for name, allowed in _CHOICES.items():
            _require(
                getattr(self, name) in allowed, f"{name}={getattr(self, name)!r}: choose one of {', '.join(allowed)}"
            )
        for name, least in _AT_LEAST.items():
            _require(getattr(self, name) >= least, f"{name}={getattr(self, name)!r}: must be at least {least}")
        for name in _POSITIVE:
            _require(getattr(self, name) > 0, f"{name}={getattr(self, name)!r}: must be above 0")
        _require(bool(self.weights), "weights='': give none, imagenet or the path of a state dict")


_CHOICES = {
    "backbone": ("resnet18", "resnet34"),
    "stem": ("3x3", "7x7"),
    "optimiser": ("sgd", "adamw"),
    "schedule": ("step", "one_cycle"),
    "latent_energy": ("square", "absolute", "sigmoid"),
    "reconstruction": ("bernoulli", "gaussian"),
    "reduction": ("mean", "sum"),
    "score": ("joint", "posterior"),
    "projection": ("norm_linear", "linear_norm"),
    "difficulty": ("in_sample", "cross_fit", "prequential"),
    "prior_from": ("labelled", "pool"),
}
_AT_LEAST = {
    "image_size": 16,  # the network halves it five times
    "epochs": 1,
    "vae_epochs": 1,
    "vae_batch_size": 2,
    "vae_least_steps": 0,
    "class_weight": 0,
    "draws": 1,
    "coarse_draws": 0,
    "folds": 2,
}
_POSITIVE = ("batch_size", "learning_rate", "vae_learning_rate", "temperature", "shrinkage")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def interactive(**changes: Any) -> Config:
    """The preset for labelling on a CPU: 7x7 stem, AdamW, a short one-cycle schedule in small batches."""
    return replace(Config(), **changes)


def paper(**changes: Any) -> Config:
    """The paper's schedule and stem: 200 epochs, batch 128, rate 0.1 then 0.01 after epoch 160, 3x3 stem."""
    published = Config(
        stem="3x3", optimiser="sgd", epochs=200, batch_size=128, learning_rate=0.1, weight_decay=5e-4,
        schedule="step", drop_epoch=160, vae_least_steps=0, coarse_draws=0,
    )  # fmt: skip
    return replace(published, **changes)


PRESETS = {"interactive": interactive, "paper": paper}


def preset(name: str, **changes: Any) -> Config:
    """The preset called `name` with `changes` applied; ValueError names the presets there are."""
    if name not in PRESETS:
        raise ValueError(f"preset {name!r} is unknown: choose one of {', '.join(PRESETS)}")
    return from_json(to_json(PRESETS[name]()) | changes)


def to_json(config: Config) -> dict[str, Any]:
    """The settings as plain JSON values."""
    return asdict(config)


def from_json(values: dict[str, Any]) -> Config:
    """The Config that `to_json` wrote; ValueError names a setting that this version does not know."""
    unknown = sorted(set(values) - {f.name for f in fields(Config)})
    _require(not unknown, f"settings {', '.join(unknown)} are unknown to this version")
    return Config(**values)
