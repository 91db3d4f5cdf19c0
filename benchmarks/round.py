"""Where the seconds of a whole VaB-AL round go on neu-crops-64, from scratch, and what the training loop costs.

24 epochs of AdamW (the settings as they are) are run on 250 labels on a CPU and 1,500 on a GPU, "paper" as it is on a
GPU alone. On a CPU its classifier takes hours: there one epoch on 128 labels and the features of 256 images are timed
and multiplied ("estimated"); its auto-encoder and its scores are computed in full, on the features of the other round.

The training loop (augmentation, loading, logging) is held against the bare network: the same steps on random tensors
that lie ready. Both in turns, the best of three.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from common.machine import print_table, save_result
from common.neu_classifier import make_task
from common.neu_crops import drain, load, skip_if_absent

from vabal_core.config import Config, paper
from vabal_core.loop.events import timed
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import run_round
from vabal_core.model.classifier import extract, make_optimiser, memory_format, mixed_precision, train_classifier
from vabal_core.model.input import Normalisation
from vabal_core.model.network import build_classifier
from vabal_core.runtime import choose_device

DEVICE = choose_device()
SHORT = "24 epochs of AdamW"
GREY = Normalisation((0.5,) * 3, (0.25,) * 3)
Data = tuple[np.ndarray, np.ndarray, np.ndarray]


def whole_round(data: Data, labels: int, config: Config) -> dict[str, float]:
    """Seconds by phase."""
    pixels, truth, evaluation = data
    task = make_task(truth, evaluation, labels, seed=0, config=config)
    inputs = Inputs(pixels=pixels, readable=np.ones(len(pixels), bool))
    _, seconds = drain(timed(run_round(task, inputs, device=DEVICE)))
    return seconds


def estimated_paper_round(data: Data, labels: int) -> dict[str, float]:
    """Seconds by phase of the preset "paper", from slices of its classifier's work."""
    few, part = (data[0][:128], data[1][:128]), data[0][:256]
    config = paper(epochs=1, drop_epoch=1)
    network = build_classifier(config, int(data[1].max()) + 1)
    train = clock(lambda: drain(train_classifier(network, *few, config, GREY, torch.Generator(), DEVICE)))
    features = clock(lambda: drain(extract(network, part, GREY, DEVICE)))
    rest = whole_round(data, labels, paper(stem="7x7", epochs=1, drop_epoch=1))
    seconds = {"train": train * paper().epochs * labels / len(few[0]), "features": features * len(data[0]) / len(part)}
    return seconds | {phase: rest[phase] for phase in ("vae", "score", "evaluate")}


def clock(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def loop_share(config: Config, images: int, turns: int = 3) -> dict[str, Any]:
    """Images a second of the training loop and of the bare network, and the first as a share of the second."""
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (images, 64, 64), np.uint8), rng.integers(0, 6, images)
    one_epoch = replace(config, epochs=1, drop_epoch=1)

    def loop() -> None:
        network = build_classifier(one_epoch, 6)
        drain(train_classifier(network, pixels, labels, one_epoch, GREY, torch.Generator(), DEVICE))

    network = build_classifier(one_epoch, 6)
    layout = memory_format(DEVICE, network)
    network.to(DEVICE, memory_format=layout).train()
    optimiser = make_optimiser(network, one_epoch)
    x = torch.randn(config.batch_size, 3, 64, 64, device=DEVICE).contiguous(memory_format=layout)
    y = torch.zeros(config.batch_size, dtype=torch.int64, device=DEVICE)

    def bare() -> None:
        for _ in range(images // config.batch_size):
            optimiser.zero_grad(set_to_none=True)
            with mixed_precision(DEVICE):
                loss = F.cross_entropy(network(x), y)
            loss.backward()
            optimiser.step()

    loop(), bare()  # the first run of each pays for what is set up once
    pairs = [(clock(loop), clock(bare)) for _ in range(turns)]
    fast, ideal = (images / min(times) for times in zip(*pairs, strict=True))
    share = round(fast / ideal, 3)
    return {"loop_images_per_second": round(fast, 1), "bare_images_per_second": round(ideal, 1), "share": share}


def row(preset: str, labels: int, seconds: dict[str, float], estimated: bool) -> dict[str, Any]:
    phases = {phase: round(value, 1) for phase, value in seconds.items()}
    about = {"preset": preset, "labels": labels, "estimated": estimated}
    return {**about, **phases, "total": round(sum(seconds.values()), 1)}


def main(quick: bool) -> None:
    skip_if_absent()
    on_gpu = DEVICE.type == "cuda"
    labels = 100 if quick else 1_500 if on_gpu else 250
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        data = load(Path(folder), every=8 if quick else 1)
        decode = {"decode": time.perf_counter() - start}  # the archive unpacked and examined, every image decoded
        config = Config(epochs=1, vae_epochs=1, vae_least_steps=0, draws=10) if quick else Config()
        rows = [row(SHORT, labels, decode | whole_round(data, labels, config), False)]
        if not quick:
            seconds = whole_round(data, labels, paper()) if on_gpu else estimated_paper_round(data, labels)
            rows.append(row("paper", labels, decode | seconds, not on_gpu))
    loop = loop_share(Config(), Config().batch_size, turns=1) if quick else loop_share(Config(), 1_024)
    print_table(rows)
    print(loop)
    save_result("round", {"rows": rows, "training_loop": loop}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one epoch of everything on an eighth of the images, the short schedule alone",
    )
    main(parser.parse_args().quick)
