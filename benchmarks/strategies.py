"""Seconds and peak memory of every strategy's choice, given its fields, by the size of the pool.

All fields are synthetic arrays (embeddings of 1,280 columns in clusters, 10 classes, 500 labelled): what it takes to
compute them (a classifier, an auto-encoder, passes with dropout) is not counted. Each strategy runs in a process of its
own on one core, after a choice from a small pool that loads what it imports; the memory is the most that it held beyond
the data. `processor_seconds` do not count the time that other work on the machine took; `load` says how much there was.

Beside them scikit-activeml's choice of as many images, where it has the same strategy. It is no requirement: get it by
`pip install scikit-activeml`; where it is absent its rows are left out. What takes more than two minutes of a processor
or 8 GiB is stopped.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from common.memory_peak import anonymous_peak
from common.own_process import NotDone, in_own_process
from common.synthetic_pool import synthetic_embeddings, synthetic_pool

from vabal_core.query.strategies import STRATEGIES, find_strategy

SIZES = ((5_000, 100), (20_000, 1_000), (50_000, 1_000))
SMALL = 600
MOST = {"seconds": 120, "gib": 8}
ONE_CORE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measure(choose: Callable[[], Any]) -> dict[str, float]:
    start, busy = time.perf_counter(), time.process_time()
    _, peak = anonymous_peak(choose)
    spent = {"seconds": time.perf_counter() - start, "processor_seconds": time.process_time() - busy}
    return {name: round(value, 2) for name, value in spent.items()} | {"peak_mib": peak}


def ours(name: str, file: Path, k: int) -> dict[str, float]:
    strategy, embeddings = find_strategy(name), np.load(file)
    small, pool = (synthetic_pool(values, strategy.requires) for values in (embeddings[:SMALL].copy(), embeddings))
    strategy.query(small, 5, np.random.default_rng(0))
    return measure(lambda: strategy.query(pool, k, np.random.default_rng(0)))


def theirs(name: str, file: Path, k: int) -> dict[str, float]:
    from common.scikit_activeml import choice_of

    embeddings = np.load(file)
    choice_of(name, embeddings[:SMALL].copy(), 5)()
    return measure(choice_of(name, embeddings, k))


def measured_rows(sizes: Sequence[tuple[int, int]], folder: Path) -> Iterator[dict[str, Any]]:
    """A row a strategy and size."""
    for count, k in sizes:
        np.save(file := folder / f"{count}.npy", synthetic_embeddings(count))
        for name in STRATEGIES:
            yield {"strategy": name, "images": count, "k": k, **in_own_process(ours, name, file, k, **MOST)}


def compare(row: dict[str, Any], folder: Path) -> None:
    """Adds scikit-activeml's choice of as many images, or why there is none."""
    try:
        arguments = (row["strategy"], folder / f"{row['images']}.npy", row["k"])
        row["scikit_activeml"] = in_own_process(theirs, *arguments, **MOST)
    except NotDone as reason:
        row["scikit_activeml"] = {"not_done": str(reason)}


def compared_strategies() -> tuple[str, ...]:
    """Our strategies that the installed scikit-activeml has too: none where it is absent."""
    if find_spec("skactiveml") is None:
        return ()
    from common.scikit_activeml import compared

    return compared()


def installed_version() -> str | None:
    return version("scikit-activeml") if compared_strategies() else None


def table_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the printed table, its comparison in columns of its own."""
    other = row.get("scikit_activeml", {})
    flat = {name: value for name, value in row.items() if name != "scikit_activeml"}
    return flat | {f"theirs: {name}": value for name, value in other.items()}


def main(quick: bool) -> None:
    from common.machine import print_table, save_result  # loads torch, which the measured processes do not need

    os.environ.update(dict.fromkeys(ONE_CORE, "1"))  # read by the processes that are started
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for row in measured_rows(SIZES[:1] if quick else SIZES, Path(name)):
            print(json.dumps(row), flush=True)
            rows.append(row)
        for row in [] if quick else [row for row in rows if row["strategy"] in compared_strategies()]:
            compare(row, Path(name))
            print(json.dumps(row), flush=True)
    print_table([table_row(row) for row in rows])
    smallest = {row["strategy"]: row for row in rows if row["images"] == SIZES[0][0]}
    of_smallest = {name: {key: row.get(key) for key in ("seconds", "peak_mib")} for name, row in smallest.items()}
    facts = {"fields": "synthetic", "load": round(os.getloadavg()[0], 1), "scikit_activeml": installed_version()}
    save_result("strategies", {**facts, **of_smallest, "rows": rows}, quick)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5,000 images, and no comparison: under two minutes")
    main(parser.parse_args().quick)
