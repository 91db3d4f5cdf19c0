"""Bad days, one after another: what is acknowledged is kept, once, and whatever ends says why in words.

SIGKILL at random moments while somebody labels, an import is written, a backup is restored, a round learns, on both
databases; a disk that is full at every write and one that may only be read (small file systems in memory, where this
user may mount one); a database that is away; learners that are killed or have too little memory; a clock that jumps;
and what happens in a browser. `lost` and `doubled` are labels or images that were acknowledged, held against the log
after what was on its way has been sent again, as a browser does. `unexplained`: an end without words, an error that is
no refusal, or a Studio that does not work afterwards. The clock and the memory of a GPU are simulated within the
process. `without`: what could not be tried here.
"""

import argparse
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the rounds: several wait for each other on two cores

from common import fault_kills as kills  # noqa: E402  (the libraries read the number of threads when they are loaded)
from common import fault_learners as learners  # noqa: E402
from common import fault_places as places  # noqa: E402
from common.fault_browser import in_browser  # noqa: E402
from common.fault_cases import Outcome  # noqa: E402
from common.machine import print_table, save_result  # noqa: E402
from common.postgresql import create_database, why_none  # noqa: E402

Fault = Callable[[kills.Place, Any], Outcome]
# How often each is tried in full, and quickly: on each database, or on SQLite alone.
ON_BOTH: dict[Fault, tuple[float, float]] = {
    kills.while_labelling: (49, 3),
    kills.while_importing: (24, 1),
    kills.while_restoring: (23, 1),
    kills.while_learning: (4, 0),
    places.away: (30.0, 0.5),
    places.clock_jumps: (1, 1),
}
ON_SQLITE: dict[Fault, tuple[float, float]] = {
    places.full_disk: (32, 4),
    places.read_only: (7, 2),
    learners.learner_killed: (4, 0),
    learners.out_of_memory: (2, 0),
    learners.gpu_out_of_memory: (1, 0),
}
PRESSES, CUT_SECONDS = 90, 10


def all_places(folder: Path, seed: int) -> Iterator[kills.Place]:
    """One for each kind of database that is here."""
    yield kills.Place(name="SQLite", folder=folder / "sqlite", new_url=lambda: None, rng=random.Random(seed))
    if not why_none():
        durable = partial(create_database, durable=True)
        yield kills.Place(name="PostgreSQL", folder=folder / "postgresql", new_url=durable, rng=random.Random(seed))


def outcomes(folder: Path, quick: bool, seed: int, without: list[str]) -> Iterator[Outcome]:
    for place in all_places(folder, seed):
        for fault, counts in (ON_BOTH | (ON_SQLITE if place.name == "SQLite" else {})).items():
            count = counts[quick]
            began = time.monotonic()
            try:
                if count:
                    yield fault(place, count)
            except PermissionError as error:
                without.append(f"{fault.__name__}: {error}")
            print(f"{place.name}, {fault.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    if not quick:
        yield from in_browser(PRESSES, CUT_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few of most kinds, under a minute")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args()
    without = [reason] if (reason := why_none()) else []
    with tempfile.TemporaryDirectory() as temporary:
        rows = []
        for outcome in outcomes(Path(temporary), options.quick, options.seed, without):
            words = sorted({re.sub(r"\S*studio-pg-\w+", "…", words.replace(temporary, "…")) for words in outcome.words})
            rows.append({**vars(outcome), "words": words})
    print_table([{**row, "words": len(row["words"])} for row in rows])
    totals = {name: sum(row[name] for row in rows) for name in ("tried", "lost", "doubled", "unexplained")}
    save_result("faults", {"seed": options.seed, "rows": rows, "without": without, **totals}, options.quick)


if __name__ == "__main__":
    main()
