"""Training the classifier, and reading logits and taps from it."""

import math
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vabal_core.config import Config
from vabal_core.model.dropout import seed_training
from vabal_core.model.input import Normalisation, augment, to_input
from vabal_core.model.loss_prediction import pair_loss
from vabal_core.model.network import forward_with_features, last_layer, last_stage
from vabal_core.types import Progress

INFERENCE_BATCH = 64
LAST_STAGE_FIRST = 1 / 3  # of the epochs of fine-tuning: until then the last layer's gradients are those of noise

JOINT_SHARE = 0.6  # of the epochs, in which a network learns from its predicted losses: 120 of 200 (Yoo and Kweon 2019)


def train_classifier(
    network: nn.Module,
    pixels: np.ndarray,
    labels: np.ndarray,
    config: Config,
    normalisation: Normalisation,
    generator: torch.Generator,
    device: torch.device,
) -> Generator[Progress, None, list[float]]:
    """Trains `network` in place on pixels (L, S, S[, 3]) and labels (L,); returns the mean loss of each epoch.

    Yields a Progress a step, so that whoever drives it can stop it between any two. Where `config.learning` is
    "finetune", the last stage learns alone for the first epochs.
    """
    x, y = (
        torch.tensor(pixels, device=device),
        torch.tensor(labels, device=device),
    )  # x stays uint8: a twelfth of floats
    optimiser = make_optimiser(network, config)
    steps = len(batches(torch.arange(len(y)), config.batch_size))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_factor(config, step, steps))
    network.to(device, memory_format=memory_format(device, network)).train()
    seed_training(network, generator, device)
    weights = class_weights(y, last_layer(network).out_features) if config.class_balance else None
    losses: list[float] = []
    for epoch in range(1, config.epochs + 1):
        _open_stages(network, config, epoch)
        total = torch.zeros((), device=device)
        order = torch.randperm(len(y), generator=generator)
        for step, rows in enumerate(batches(order, config.batch_size), start=1):
            images = augment(to_input(x[rows], normalisation), generator, config.flips)
            loss = _step(
                network, images, y[rows], optimiser, weights,
                loss_prediction=config.learning_loss, joint=epoch <= JOINT_SHARE * config.epochs,
            )  # fmt: skip
            schedule.step()
            total += loss * len(rows)
            if step < steps:
                done = (epoch - 1) * steps + step
                yield Progress("train", done, config.epochs * steps, epoch=epoch, epochs=config.epochs)
        losses.append(float(total) / len(y))  # the one synchronisation with the device in an epoch
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"classifier loss is {losses[-1]} in epoch {epoch}: lower the learning rate")
        done, metrics = epoch * steps, {"loss": losses[-1]}
        yield Progress("train", done, config.epochs * steps, epoch=epoch, epochs=config.epochs, metrics=metrics)
    return losses


def class_weights(labels: Tensor, class_count: int) -> Tensor:
    """What a label of each class weighs in the loss: each class that has labels the same in all, one a label on the
    mean. labels (L,) -> (C,)."""
    counts = torch.bincount(labels, minlength=class_count).float()
    present = counts > 0
    return torch.where(present, len(labels) / (present.sum() * counts.clamp(min=1)), 0.0)


def _open_stages(network: nn.Module, config: Config, epoch: int) -> None:
    """Which parameters learn in `epoch`, counted from 1.

    Batch norm normalises by each batch also where its own parameters do not learn yet, and its running statistics
    follow the images: these are unlike those that the weights were published with. Held at the published statistics
    throughout, the network ended 3 to 7 points of balanced accuracy lower (neu-crops-64, 500 labels, one seed; 16
    epochs against 16 to 24 at three rates).
    """
    if config.learning == "finetune":
        last_stage_alone = epoch <= LAST_STAGE_FIRST * config.epochs
        network.requires_grad_(not last_stage_alone)
        for parameter in last_stage(network):
            parameter.requires_grad_(True)


def make_optimiser(network: nn.Module, config: Config) -> torch.optim.Optimizer:
    common = {"lr": config.learning_rate, "weight_decay": config.weight_decay, "fused": True}
    if config.optimiser == "sgd":
        return torch.optim.SGD(network.parameters(), momentum=config.momentum, **common)
    return torch.optim.AdamW(network.parameters(), **common)


def _step(
    network: nn.Module, x: Tensor, y: Tensor, optimiser: torch.optim.Optimizer, weights: Tensor | None, *,
    loss_prediction: float, joint: bool,
) -> Tensor:  # fmt: skip
    """The classifier's loss on a batch, by which it has learned.

    Where `loss_prediction` is above 0, the loss of the module that predicts losses has this weight beside it. While
    `joint` the network learns from that one too, afterwards the module alone.
    """
    optimiser.zero_grad(set_to_none=True)
    x = x.contiguous(memory_format=memory_format(x.device, network))
    with mixed_precision(x.device):
        if loss_prediction:
            logits, features = forward_with_features(network, x)
            taps = features[:, : sum(network.backbone.tap_channels)]
            predicted = network.loss_prediction(taps if joint else taps.detach())
            losses = F.cross_entropy(logits.detach(), y, reduction="none")
            beside = loss_prediction * pair_loss(predicted, losses)
        else:
            logits, beside = network(x), 0.0
        loss = F.cross_entropy(logits, y, weights)
    (loss + beside).backward()
    optimiser.step()
    return loss.detach()


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 on a GPU, where it is several times faster; full precision on a CPU."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def memory_format(device: torch.device, network: nn.Module) -> torch.memory_format:
    """Channels last on a GPU, whose tensor cores want it, and on a CPU where it reads this network faster so."""
    channels_last = device.type == "cuda" or network.backbone.channels_last
    return torch.channels_last if channels_last else torch.contiguous_format


def batches(order: Tensor, size: int) -> list[Tensor]:
    """`order` cut into pieces of `size`; a last piece of one image joins its neighbour (batch norm needs two)."""
    pieces = list(order.split(size))
    if len(pieces) > 1 and len(pieces[-1]) == 1:
        pieces[-2:] = [torch.cat(pieces[-2:])]
    return pieces


def rate_factor(config: Config, step: int, steps_an_epoch: int) -> float:
    """The learning rate at `step` (counted from 0) as a share of config.learning_rate."""
    if config.schedule == "step":
        return 1.0 if step // steps_an_epoch < config.drop_epoch else 0.1
    last = config.epochs * steps_an_epoch
    warm_up = max(1, round(0.15 * last))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, last - warm_up)))


@torch.inference_mode()
def extract(
    network: nn.Module,
    pixels: np.ndarray,
    normalisation: Normalisation,
    device: torch.device,
    scratch: Path | None = None,
) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    """Logits (N, C) and features (N, F) as `forward_with_features` has them, float32, of every image, in row order.

    With `scratch` the features are a memory map of a file in that folder. FloatingPointError where the network
    diverged.
    """
    network.eval().to(memory_format=memory_format(device, network))
    logits = np.empty((len(pixels), last_layer(network).out_features), np.float32)
    features = _new_array((len(pixels), sum(network.backbone.row_channels)), scratch)
    for start in range(0, len(pixels), INFERENCE_BATCH):
        part = slice(start, start + INFERENCE_BATCH)
        x = batch_input(network, pixels[part], normalisation, device)
        with mixed_precision(device):
            scores, rows = forward_with_features(network, x)
        logits[part], features[part] = scores.float().cpu(), rows.float().cpu()
        if not (np.isfinite(logits[part]).all() and np.isfinite(features[part]).all()):
            raise FloatingPointError(
                f"features of images {start} to {start + len(x) - 1} are not finite: the classifier has diverged; "
                "lower learning_rate, or choose other weights"
            )
        yield Progress("features", min(start + INFERENCE_BATCH, len(pixels)), len(pixels))
    return logits, features


@torch.inference_mode()
def class_probabilities(
    network: nn.Module, pixels: np.ndarray, rows: np.ndarray, normalisation: Normalisation, device: torch.device
) -> Generator[tuple[slice, np.ndarray], None, None]:
    """What `network` says of pixels[rows] (M, S, S[, 3]), piece by piece: which of the M, and (n, C) float64."""
    network.eval().to(memory_format=memory_format(device, network))
    for start in range(0, len(rows), INFERENCE_BATCH):
        part = slice(start, min(start + INFERENCE_BATCH, len(rows)))
        x = batch_input(network, pixels[rows[part]], normalisation, device)
        with mixed_precision(device):
            logits = network(x)
        yield part, logits.double().softmax(1).cpu().numpy()


def batch_input(network: nn.Module, pixels: np.ndarray, normalisation: Normalisation, device: torch.device) -> Tensor:
    """What `network` reads of pixels (n, S, S[, 3]): (n, 3, S, S) on `device`."""
    copied = torch.tensor(np.asarray(pixels), device=device)  # the cache is read-only
    return to_input(copied, normalisation).contiguous(memory_format=memory_format(device, network))


def _new_array(shape: tuple[int, int], scratch: Path | None) -> np.ndarray:
    if scratch is None or 0 in shape:
        return np.empty(shape, np.float32)
    return np.lib.format.open_memmap(scratch / "features.npy", "w+", np.float32, shape)
