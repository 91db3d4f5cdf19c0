"""The README's tables, made from the kept results: rewrites what stands between `<!-- NAME -->` and `<!-- /NAME -->`.

With `--quick` nothing is written; the README is compared, and the exit code is 1 where it says something else.
"""

import argparse
import json
import re
import sys
from typing import Any

from common import ROOT
from common.choice_tables import choice_sources, choices, strategy_costs, variants
from common.estimate_tables import agreement, coverage, hindcast, label_errors
from common.fault_tables import faults, hostile, label_log, team
from common.machine import RESULTS, save_result
from common.markdown import table
from common.page_tables import by_exception, importing, labelling, newcomer, page_reruns
from common.reproduction_tables import as_published, smaller_forms
from common.source_tree import tree

README = ROOT / "README.md"
REST = """\
tests/                    one file a module; contract, architecture, page and browser tests; javascript/ for the scripts
benchmarks/               one script a claim; common/ is what they share, results/ what they measured
data/                     made at run time
"""
DIAGNOSIS = (
    ("joint", "default"), ("posterior", "default"), ("joint", "no prior"), ("joint", "no reliability"),
    ("joint", "neither"), ("posterior", "no prior"), ("joint", "absolute"), ("joint", "sigmoid"), ("joint", "gaussian"),
    ("joint", "sum"), ("joint", "lambda 0"), ("joint", "20 epochs"), ("entropy", ""), ("margin", ""),
)  # fmt: skip


def scoring(kept: dict[str, Any]) -> str:
    header = "pool | classes | head | images/s | plain loop | ratio | of the matrix rate | timed on"
    rows = [
        (
            f"{row['images']:,}", row["classes"], row["head"], f"{row['images_per_second']:,.0f}",
            f"{row['plain_images_per_second']:,.0f}", f"{row['ratio']:.1f}", f"{row['share_of_matrix_rate']:.0%}",
            f"{row['timed']:,}",
        )
        for row in kept["speed"]
    ]  # fmt: skip
    return table(header, rows)


def same_top(kept: dict[str, Any]) -> str:
    header = "head | pool | best | ours (10 draws, then 100) | 100 common draws | plain loop again | ratio"
    rows = [
        (
            row["head"], f"{row['images']:,}", row["k"], f"{row['top_k_overlap']:.1%}",
            f"{row['common_100_draws']:.1%}", f"{row['plain_against_itself']:.1%}", f"{row['ratio_same_top_k']:.0f}",
        )
        for row in kept["same_top"]
    ]  # fmt: skip
    return table(header, rows)


def end_to_end(kept: dict[str, Any]) -> str:
    header = (
        "learning | labels | rare classes among them | at random | agreement | accuracy | balanced accuracy | "
        "round, wall clock"
    )
    shares = ("rare_share", "random_would_give", "agreement", "accuracy", "balanced_accuracy")
    rows = [
        (
            row["learning"], row["labels"], *(_percent(row[share]) for share in shares),
            f"{row['wall_seconds']:.0f} s",
        )
        for row in kept["rows"]
    ]  # fmt: skip
    return table(header, rows)


def reading(kept: dict[str, Any]) -> str:
    rows = [
        (f"{row['side']} px", f"{row['images_a_second']:,.0f}", f"{row['bare_network']:,.0f}", f"{row['share']:.0%}")
        for row in kept["reading"]
    ]
    return table("side | images a second, decoded, read and kept | the bare network | share", rows)


def refreshes(kept: dict[str, Any]) -> str:
    rows = []
    for row in kept["refreshes"]:
        phases = ", ".join(f"{name} {value:g}" for name, value in row.items() if name not in ("what", "seconds"))
        rows.append((row["what"], f"{row['seconds']:.1f} s", phases))
    return table("what | wall clock | of which, by phase", rows)


def curves(kept: dict[str, Any]) -> str:
    points = [*kept["curves"], *kept["curves_of_vabal"]]
    counts = sorted({row["labels"] for row in points})
    cells = {(row["strategy"], row["labels"]): row for row in points}
    rows = []
    for strategy in dict.fromkeys(row["strategy"] for row in points):
        cells_of_strategy = [cells.get((strategy, count)) for count in counts]
        seeds = next(cell["seeds"] for cell in cells_of_strategy if cell)
        rows.append((strategy, seeds, *(_mean(cell) for cell in cells_of_strategy)))
    return table(" | ".join(("strategy", "seeds", *(f"{count} labels" for count in counts))), rows)


def ways_to_read(kept: dict[str, Any]) -> str:
    read = {True: "four mirror images", False: "once"}
    rows = [
        (f"{row['side']} px", read[row["mirrors"]], _mean(row["random_250"]), _mean(row["default_300"]))
        for row in kept["ways_to_read"]
    ]
    return table("side | read | 250 random labels | 300 labels, usual strategy", rows)


def from_scratch(kept: dict[str, Any]) -> str:
    rows = [(row["labels"], row["seeds"], _mean(row), row["points_ahead"], row["p"]) for row in kept["from_scratch"]]
    return table("random labels | seeds | ResNet-18 from scratch | frozen features ahead by | p", rows)


def finetune(kept: dict[str, Any]) -> str:
    rows = [
        (row["learning"], f"{row['labels']:,}", row["seed"], f"{row['balanced_accuracy']:.1f} %")
        for row in kept["rows"]
    ]
    return table("learning | labels | seed | balanced accuracy", rows)


def cold_start(kept: dict[str, Any]) -> str:
    rows = [(count, _mean(cell)) for count, cell in kept["cold_start"].items()]
    return table("first labels | balanced accuracy", rows)


def vae_steps(kept: dict[str, Any]) -> str:
    header = "start | rate | steps | rank correlation | of the first 100 | agreement | area, share of draws | seconds"
    rows = [
        (
            row["start"],
            f"{row['rate']:g}",
            f"{row['steps']:,}",
            f"{row['joint_rho_0']:.2f}, {row['joint_rho_1']:.2f}",
            f"{row['joint_top_0']:.0%}, {row['joint_top_1']:.0%}",
            f"{row['agreement']:.1%}",
            f"{row['share_auc']:.2f}",
            f"{row['seconds']:.1f}",
        )
        for row in kept["rows"]
        if row["batch"] == 128 and row["seed"] == 0 and row["rate"] < 3e-4
    ]
    return table(header, rows)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _mean(cell: dict[str, Any] | None) -> str:
    return f"{cell['balanced_accuracy']:.1f} ± {cell['deviation']:.1f}" if cell else ""


def presets(kept: dict[str, Any]) -> str:
    rows = []
    for name, accuracy in kept["mean_balanced_accuracy"].items():
        seconds = [row["seconds"]["train"] for row in kept["rows"] if row["schedule"] == name]
        rows.append((name, f"{accuracy:.1%}", f"{min(seconds):.0f} to {max(seconds):.0f}"))
    return table("schedule | balanced accuracy | seconds to train", rows)


def whole_round(kept: dict[str, Any]) -> str:
    phases = ("decode", "train", "features", "vae", "score", "evaluate", "total")
    rows = [
        (
            row["preset"] + (" (estimated from slices)" if row["estimated"] else ""),
            f"{row['labels']:,}",
            *(f"{row[phase]:,.1f} s" for phase in phases),
        )
        for row in kept["rows"]
    ]
    return table(" | ".join(("preset", "labels", *phases)), rows)


def diagnosis(kept: dict[str, Any]) -> str:
    counts = sorted({line["labels"] for line in kept["summary"]})
    lines = {(line["score"], line["setting"], line["labels"]): line for line in kept["summary"]}
    rows = []
    for score, setting in DIAGNOSIS:
        across = [lines[score, setting, count] for count in counts]
        cells = [f"{m['auc']:.2f} / {m['errors_in_top']:.0%} / {m['rare_in_top']:.0%}" for m in across]
        agreement = [f"{m['agreement']:.0%}" for m in across if "agreement" in m]
        rows.append((score, setting or "", *cells, ", ".join(agreement)))
    pool = [lines["entropy", "", count] for count in counts]
    rows.append(("the pool", "", *(f"- / {m['pool_error']:.0%} / {m['pool_rare']:.0%}" for m in pool), ""))
    columns = ("score", "setting", *(f"{count:,} labels" for count in counts), "agreement")
    return table(" | ".join(columns), rows)


def similar(kept: dict[str, Any]) -> str:
    shares = " and ".join(f"{row['same_class']:.0%} (read at {row['side']} pixels)" for row in kept["rows"])
    return (
        f"Of the {kept['nearest']} nearest to a crop of NEU-CLS, none cut from the same picture,\n{shares} have its "
        f"class: {kept['queries']:,} crops, `benchmarks/similar.py`.\nTo compare {kept['images']:,} images takes "
        f"{kept['processor_seconds']:.1f} s of processor time."
    )


def sizes(kept: dict[str, Any]) -> str:
    rows = []
    for stage, key in (("before", "sizes_before"), ("now", "sizes")):
        rows += [
            (row["what"], stage, f"{row['count']:,}", f"{row['median']:g}", row["p90"], row["max"])
            for row in kept.get(key, ())
        ]
    return table("lines of | | how many | median | p90 | most", sorted(rows, key=lambda row: row[0]))


def rooms(kept: dict[str, Any]) -> str:
    rows = [
        (row["room"], row["files"], f"{row['lines']:,}", ", ".join(row["imports"]) or "nothing")
        for row in kept["rooms"]
    ]
    return table("room | files | lines | imports", rows)


TABLES = {
    "choices": ("choices", choices),
    "choice sources": ("choices", choice_sources),
    "variants": ("variants", variants),
    "strategies": ("strategies", strategy_costs),
    "as published": ("reproduction", as_published),
    "smaller forms": ("reproduction", smaller_forms),
    "end to end": ("end_to_end", end_to_end),
    "reading": ("learner", reading),
    "refreshes": ("learner", refreshes),
    "cold start": ("learner", cold_start),
    "curves": ("learner", curves),
    "ways to read": ("learner", ways_to_read),
    "from scratch": ("learner", from_scratch),
    "finetune": ("finetune", finetune),
    "vae steps": ("vae_steps", vae_steps),
    "presets": ("presets", presets),
    "scoring": ("scoring", scoring),
    "same top": ("scoring", same_top),
    "round": ("round", whole_round),
    "diagnosis": ("diagnosis", diagnosis),
    "similar": ("similar", similar),
    "labelling": ("labelling", labelling),
    "by exception": ("by_exception", by_exception),
    "newcomer": ("newcomer", newcomer),
    "page reruns": ("page_reruns", page_reruns),
    "coverage": ("coverage", coverage),
    "hindcast": ("hindcast", hindcast),
    "label errors": ("label_errors", label_errors),
    "people agree": ("agreement", agreement),
    "importing": ("importing", importing),
    "faults": ("faults", faults),
    "hostile": ("hostile", hostile),
    "team": ("team", team),
    "label log": ("label_log", label_log),
    "sizes": ("architecture", sizes),
    "rooms": ("architecture", rooms),
}


def rewritten(text: str) -> str:
    """The README with every table as the kept results have it. ValueError where it has no place for one."""
    for name, (file, make) in TABLES.items():
        kept = json.loads((RESULTS / f"{file}.json").read_text(encoding="utf-8"))
        text = between_marks(text, name, make(kept))
    return between_marks(text, "tree", f"```\n{tree(ROOT)}\n{REST}```")


def between_marks(text: str, name: str, content: str) -> str:
    """`text` with `content` between the marks called `name`. ValueError where there are none, or several."""
    marks = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    text, places = marks.subn(lambda match: f"{match[1]}{content}\n{match[2]}", text)
    if places != 1:
        raise ValueError(f"README.md has {places} places for the table {name!r}; it needs one")
    return text


def main(quick: bool) -> int:
    text = README.read_text(encoding="utf-8")
    remade = rewritten(text)
    if not quick:
        README.write_text(remade, encoding="utf-8")
    elif remade != text:
        print("README.md says something else than the kept results: run benchmarks/tables.py", file=sys.stderr)
        return 1
    save_result("tables", {"tables": list(TABLES)}, quick=True)  # the README itself is what is kept
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="compare and write nothing")
    sys.exit(main(parser.parse_args().quick))
