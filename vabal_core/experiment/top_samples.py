"""The images that each strategy wants most after the first labels, and a picture of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vabal_core.config import Config
from vabal_core.experiment.plan import Run
from vabal_core.experiment.play import begin, task_of
from vabal_core.experiment.prepare import Prepared
from vabal_core.experiment.source import Source
from vabal_core.images.decode import picture
from vabal_core.loop.events import Work
from vabal_core.loop.fit import fit
from vabal_core.loop.fitted import Fitted
from vabal_core.loop.round import choose
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import choose_device
from vabal_core.types import UNLABELLED, Scale

SIDE, LINE, MARGIN, NAMES = 64, 14, 8, 150  # pixels: of an image, a line of text, between two, of the strategies' names


@dataclass(frozen=True, kw_only=True, eq=False)
class TopSamples:
    """What a strategy wants most: `rows` (k,) of the source, best first, and the class each was taken for (k,)."""

    strategy: str
    rows: np.ndarray
    predicted: np.ndarray


def top_samples(prepared: Prepared, seed: int, count: int) -> Work[list[TopSamples]]:
    """The `count` images that each strategy of the experiment asks for first, from the initial labels of `seed`.

    Strategies that need the same training share it.
    """
    fitted: dict[Config, Fitted] = {}
    samples = []
    for strategy in prepared.experiment.strategies:
        config = prepared.experiment.config_of(strategy, prepared.reading)
        if config not in fitted:
            fitted[config] = yield from _fit(prepared, strategy, seed)
        state = fitted[config]
        query = yield from choose(state, find_strategy(strategy), count, state.task.seed)
        predicted = state.probabilities[query.rows].argmax(1)
        samples.append(TopSamples(strategy=strategy, rows=query.rows, predicted=predicted))
    return samples


def _fit(prepared: Prepared, strategy: str, seed: int) -> Work[Fitted]:
    """What the first round of a run learns."""
    game = yield from begin(prepared, Run(strategy=strategy, seed=seed))
    nothing_before = np.full(len(game.test), UNLABELLED)
    task = task_of(game, 0, nothing_before, batch=prepared.experiment.batch)
    return (yield from fit(task, game.inputs, device=choose_device()))


def draw_samples(source: Source, samples: list[TopSamples], heading: str) -> Image.Image:
    """A sheet: a line of images for each strategy, the one it wants most at the left, and beneath each its true class;
    where it was taken for another, that class below in red."""
    count = max(len(sample.rows) for sample in samples)
    height = SIDE + 2 * LINE + MARGIN
    sheet = Image.new("RGB", (NAMES + count * (SIDE + MARGIN), 2 * LINE + len(samples) * height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    pen.text((MARGIN, LINE // 2), f"{heading}. Below: the true class; in red, what it was taken for", "black", font)
    for line, sample in enumerate(samples):
        top = 2 * LINE + line * height
        pen.text((MARGIN, top + SIDE // 2), sample.strategy, "black", font)
        for place, (row, predicted) in enumerate(zip(sample.rows.tolist(), sample.predicted.tolist(), strict=True)):
            left = NAMES + place * (SIDE + MARGIN)
            sheet.paste(_thumbnail(source.files[row], source.scale), (left, top))
            truth = source.truth[row]
            pen.text((left, top + SIDE), _short(source.class_names[truth]), "black", font)
            if predicted != truth:
                pen.text((left, top + SIDE + LINE), _short(source.class_names[predicted]), "red", font)
    return sheet


def _thumbnail(file: str, values: Scale | None) -> Image.Image:
    image = picture(Path(file), at_least=SIDE, scale=values).convert("RGB")
    scale = SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BILINEAR)


def _short(name: str) -> str:
    return name if len(name) <= 11 else f"{name[:10]}."
