"""What a round trained, in one file: enough to query again without training, the same bit for bit on a CPU."""

import pickle
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vabal_core.loop.checked_files import check_archive, write_whole
from vabal_core.loop.ensemble import ensemble
from vabal_core.loop.events import Work
from vabal_core.loop.fields import TrainedVAE, trained_vae
from vabal_core.loop.fit import see
from vabal_core.loop.fitted import Classifier, Fitted, Inputs, remembered
from vabal_core.loop.frozen import see_frozen
from vabal_core.loop.out_of_sample import cross_fit
from vabal_core.loop.task import RoundTask
from vabal_core.loop.vaal_field import discriminator
from vabal_core.model.cvae import CVAE
from vabal_core.model.head import FittedHead, Head
from vabal_core.model.input import Normalisation
from vabal_core.model.network import build_classifier
from vabal_core.model.standardisation import Standardisation
from vabal_core.types import Committee

CHECKPOINT = "checkpoint.pt"
# Settings that may differ from those of the round: another value of any other would need another training.
SCORING_SETTINGS = (
    "draws", "coarse_draws", "temperature", "use_prior", "use_reliability", "prior_from", "shrinkage", "mask_kl",
    "dropout_passes",
)  # fmt: skip
# Fields whose models are not kept: what these said is.
KEPT_FIELDS = (ensemble, discriminator)


def state_of(fitted: Fitted) -> dict[str, Any]:
    """State dicts, tensors and plain values: what `restore` reads, and torch with weights_only."""
    crossed, trained = remembered(fitted, cross_fit), remembered(fitted, trained_vae)
    state = _state_of_classifier(fitted.classifier)
    if crossed is not None:
        state["cross_fit"] = torch.from_numpy(crossed)
    if trained is not None:
        state["vae"] = trained.vae.state_dict()
    fields = {field.__name__: remembered(fitted, field) for field in KEPT_FIELDS}
    state["fields"] = {name: _plain(values) for name, values in fields.items() if values is not None}
    return state


def restore(
    task: RoundTask,
    state: dict[str, Any],
    inputs: Inputs,
    *,
    device: torch.device,
) -> Work[Fitted]:
    """What `fit` gave for `task`, from its state; the strategy, k and SCORING_SETTINGS of the task may be others."""
    if "head" in state:
        fitted = see_frozen(task, _head_from(state["head"]), inputs, device=device)
    else:
        network = build_classifier(replace(task.config, learning="scratch", weights="none"), task.class_count)
        network.load_state_dict(state["classifier"])
        classifier = Classifier(network=network.to(device), normalisation=Normalisation(**state["normalisation"]))
        fitted = yield from see(task, classifier, inputs, device=device)
    return replace(fitted, from_checkpoint=True, computed=_trained(task, state, device))


def _state_of_classifier(classifier: Classifier | FittedHead) -> dict[str, Any]:
    if isinstance(classifier, Classifier):
        return {"classifier": classifier.network.state_dict(), "normalisation": vars(classifier.normalisation)}
    return {"head": _tensors(asdict(classifier))}


def _tensors(values: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values with each array as a tensor, which torch reads with weights_only."""
    kinds = {dict: _tensors, np.ndarray: torch.from_numpy}
    return {name: kinds.get(type(value), lambda plain: plain)(value) for name, value in values.items()}


def _arrays(values: Mapping[str, Any]) -> dict[str, Any]:
    """What `_tensors` made, as it was."""
    kinds = {dict: _arrays, Tensor: Tensor.numpy}
    return {name: kinds.get(type(value), lambda plain: plain)(value) for name, value in values.items()}


def _head_from(state: Mapping[str, Any]) -> FittedHead:
    values = _arrays(state)
    head = values["head"] | {"standardisation": Standardisation(**values["head"]["standardisation"])}
    return FittedHead(**values | {"head": Head(**head)})


def _trained(task: RoundTask, state: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """What was trained on demand, as `Fitted.computed` remembers it."""
    computed: dict[str, Any] = {}
    if "cross_fit" in state:
        computed[cross_fit.__name__] = state["cross_fit"].numpy()
    if "vae" in state:
        vae = CVAE(task.class_count, task.config).to(device)
        vae.load_state_dict(state["vae"])
        computed[trained_vae.__name__] = TrainedVAE(vae=vae, losses=[])
    return computed | {name: _field(values) for name, values in state.get("fields", {}).items()}


def _plain(values: np.ndarray | Committee) -> Tensor | dict[str, Tensor]:
    return _tensors(vars(values)) if isinstance(values, Committee) else torch.from_numpy(values)


def _field(values: Tensor | dict[str, Tensor]) -> np.ndarray | Committee:
    """What `_plain` made, as it was."""
    return Committee(**_arrays(values)) if isinstance(values, dict) else values.numpy()


def write_checkpoint(folder: Path, fitted: Fitted) -> None:
    write_whole(folder / CHECKPOINT, lambda file: torch.save(state_of(fitted), file))


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """FileNotFoundError where the round has left none, StudioError where it is damaged."""
    check_archive(folder / CHECKPOINT)
    return torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)


def previous_vae(folder: Path | None) -> Mapping[str, Tensor] | None:
    """The state dict of the VAE that the round in `folder` has left, for the next one to go on from; no other part is
    kept in memory. None where there is no folder, no checkpoint, no VAE in it, or nothing that can be gone on from;
    StudioError where the checkpoint is damaged."""
    if folder is None or not (folder / CHECKPOINT).exists():
        return None
    check_archive(folder / CHECKPOINT)
    try:
        # Mapped, so that a classifier of 45 MB stays on the disk; copied, so that the file does not stay in use.
        state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True, mmap=True)
        values = {name: value.clone() for name, value in state["vae"].items()}
    except (
        OSError,
        RuntimeError,
        ValueError,
        EOFError,
        pickle.UnpicklingError,
        KeyError,
    ):  # of another version
        return None
    return values if all(value.isfinite().all() for value in values.values()) else None
