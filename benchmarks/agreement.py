"""How often the 95 % intervals of how far people agree hold the truth, and how wide they are.

Images are drawn from a population whose kappa is known: of a share `kappa` of them both people say the true class, of
the others each says one by chance. So the truth of every measure is known, and the intervals of many samples are held
against it. `missing`: five people, of whom two or three have labelled each image.
"""

import argparse
from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
from common.machine import print_table, save_result

from vabal_core.evidence.agreement import MISSING, agreement
from vabal_core.workspace import MIN_TWICE_LABELLED

IMAGES, KAPPAS = (50, 100, 200), (0.4, 0.8, 0.95)
CLASSES = {"two even": (0.5, 0.5), "one of ten": (0.9, 0.1), "four": (0.4, 0.3, 0.2, 0.1)}
MEASURES = ("percent", "cohen", "fleiss", "alpha")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One population, how many of its images are labelled, and how."""

    images: int
    kappa: float
    classes: str
    missing: bool


def labels_of(setting: Setting, rng: np.random.Generator) -> np.ndarray:
    """(N, P) class numbers: two people, or two or three of five."""
    shares, people = np.array(CLASSES[setting.classes]), 5 if setting.missing else 2
    by_chance = rng.choice(len(shares), (setting.images, people), p=shares)
    sure = rng.random(setting.images) < setting.kappa
    labels = np.where(sure[:, None], by_chance[:, :1], by_chance)
    if setting.missing:
        places = rng.random(labels.shape).argsort(axis=1)
        labels = np.where(places < rng.integers(2, 4, setting.images)[:, None], labels, MISSING)
    return labels


def truth_of(setting: Setting, name: str) -> float:
    chance = sum(share**2 for share in CLASSES[setting.classes])
    return setting.kappa + (1 - setting.kappa) * chance if name == "percent" else setting.kappa


def coverage(setting: Setting, samples: int) -> list[dict[str, object]]:
    """One row a measure: the share of samples whose interval holds the truth, and the mean width; of samples alone of
    which the page shows an interval."""
    seed = [setting.images, round(100 * setting.kappa), list(CLASSES).index(setting.classes), setting.missing]
    rng, rows = np.random.default_rng(seed), list[dict[str, object]]()
    seen = [agreement(labels_of(setting, rng), seed=sample) for sample in range(samples)]
    for name in MEASURES:
        if setting.missing and name == "cohen":
            continue
        values = [getattr(each, name) for each in seen]
        shown = [value for value in values if np.isfinite(value.low) and value.count >= MIN_TWICE_LABELLED]
        if not shown:
            continue
        intervals = np.array([(value.low, value.high) for value in shown])
        truth = truth_of(setting, name)
        held = (intervals[:, 0] <= truth) & (truth <= intervals[:, 1])
        width = float((intervals[:, 1] - intervals[:, 0]).mean())
        rows.append({"measure": name, "truth": round(truth, 3), "held": round(float(held.mean()), 3), "width": width})
    return rows


def main(quick: bool) -> None:
    samples, rows = 10 if quick else 200, []
    for images, kappa, classes, missing in product(IMAGES[:2] if quick else IMAGES, KAPPAS, CLASSES, (False, True)):
        setting = Setting(images=images, kappa=kappa, classes=classes, missing=missing)
        rows += [asdict(setting) | row for row in coverage(setting, samples)]
    print_table(rows)
    save_result("agreement", {"samples": samples, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10 samples each: seconds")
    main(parser.parse_args().quick)
