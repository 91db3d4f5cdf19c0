"""How long each phase of a round takes here: from the last one done, or from measured pace."""

from collections.abc import Mapping
from concurrent.futures import Future
from functools import lru_cache
from threading import Thread

from vabal_core.config import Config
from vabal_core.loop.process import device_name
from vabal_core.loop.report import report_of
from vabal_core.query.strategies import strategy_if_any
from vabal_core.types import Round

# Images a second that a network trains on and reads at 64 pixels with 2 CPU cores, by backbone and stem
# (benchmarks/presets.py, benchmarks/learner.py; 3x3: an estimate); a GPU's pace is only known once a round has been
# measured there.
TRAINED_A_SECOND = {("resnet18", "7x7"): 150, ("resnet18", "3x3"): 11, ("lite0", "7x7"): 150}
READ_A_SECOND = {("resnet18", "7x7"): 500, ("resnet18", "3x3"): 35, ("lite0", "7x7"): 800}
SECONDS_OF_A_HEAD = 5  # to fit it and rank by it, the start of the learner included
SECONDS_OF_A_VAE = 25  # to train it and rank by it
SECONDS_OF_A_VAE_ON_FEATURES = 10  # likewise, where it learns from frozen features and goes on from none


@lru_cache(maxsize=1)
def _asking() -> "Future[str]":
    """A learner process is asked, once and by a thread of its own: to load torch takes it seconds."""
    answer: Future[str] = Future()

    def ask() -> None:
        try:
            answer.set_result(device_name())
        except BaseException as error:  # whoever waits for the answer is told
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    return answer


def devices() -> str:
    """What rounds compute on: the GPU's name, or the CPU; waits for the answer where nobody has asked before."""
    return _asking().result()


def devices_so_far() -> str:
    """The same where it is known by now, else "": it is asked for meanwhile. For pages, which wait for nothing."""
    answer = _asking()
    return answer.result() if answer.done() and answer.exception() is None else ""


def computes_on_cpu() -> bool:
    """Whether it is known, without asking for it, that rounds compute on the CPU."""
    return _asking.cache_info().currsize > 0 and devices_so_far().startswith("CPU")


def measured_phases(last: Round | None, labels: int) -> dict[str, float] | None:
    """phase -> seconds, in their order, of a round from `labels` labels, judging by the `last` one; None where that
    tells nothing. What a frozen network reads, or waits for, is not read again: its features take no time."""
    seconds = report_of(last).seconds if last else None
    if last is None or seconds is None:
        return None
    phases = dict(seconds)
    phases["train"] = phases.get("train", 0) * labels / max(1, last.labelled)
    if last.config.get("learning") == "frozen":
        phases["features"] = 0.0
    return phases


def phases_on_cpu(config: Config, strategy: str, labels: int, images: int) -> Mapping[str, float]:
    """phase -> seconds, in their order, on 2 CPU cores: of a frozen network once all images have been read."""
    described = strategy_if_any(strategy)
    if config.learning == "frozen":
        with_vae = described is not None and described.reads_auto_encoder
        return {"features": 0.0, "head": SECONDS_OF_A_HEAD, "vae": SECONDS_OF_A_VAE_ON_FEATURES * with_vae}
    network, larger = (config.backbone, config.stem), (config.image_size / 64) ** 2
    return {
        "train": labels * config.epochs / TRAINED_A_SECOND[network] * larger,
        "features": images / READ_A_SECOND[network] * larger,
        "vae": SECONDS_OF_A_VAE,
    }
