"""The README's tables of what people do on the pages: labelling, confirming, importing, finding their way."""

from typing import Any

from common.markdown import table

WAYS = {"one_by_one": "one by one", "by_exception": "by exception"}
TASKS = {"demo": "demo: 100 labels, a ranking, a CSV", "own_zip": "own ZIP: to the first image out of a ranking"}


def labelling(kept: dict[str, Any]) -> str:
    rows = []
    for row in kept["rows"]:
        targets = kept["targets"][row["scenario"]]
        measured = [
            f"{_words(name)} {row[name]:,}" for name in dict.fromkeys([*targets, "presses", "rounds"]) if name in row
        ]
        rows.append((row["scenario"], ", ".join(measured), ", ".join(f"{_words(n)} {v:,}" for n, v in targets.items())))
    return table("scenario | measured | at most", rows)


def by_exception(kept: dict[str, Any]) -> str:
    (measured,) = kept["rows"]
    facts = ("labels", "a_minute", "errors", "errors_percent")
    rows = [
        (person, words, *(f"{measured[f'{person}_{way}_{fact}']:,}" for fact in facts))
        for person in measured["people"]
        for way, words in WAYS.items()
    ]
    return table("person | way | images | a minute | wrong | wrong, %", rows)


def importing(kept: dict[str, Any]) -> str:
    images = ", ".join(f"{kept[name]} {name}" for name in ("lost", "doubled", "wrong"))
    return table("phase | seconds", [*kept["seconds"].items(), (f"{kept['images']:,} images", images)])


def newcomer(kept: dict[str, Any]) -> str:
    rows = [(words, *(kept[f"{fact}_{task}"] for fact in ("clicks", "typed", "keys"))) for task, words in TASKS.items()]
    return table("from the first opening | clicks | fields written into | keys that label", rows)


def _words(name: str) -> str:
    """Column names of the labelling benchmark as people read them: `p50_ms` is "p50 ms"."""
    return name.replace("_percent", " %").replace("_", " ")


def page_reruns(kept: dict[str, Any]) -> str:
    head = "page | p50, ms | p95, ms | processor p50, ms | processor p95, ms"
    names = ("page", "p50_ms", "p95_ms", "processor_p50_ms", "processor_p95_ms")
    return table(head, [tuple(row[name] for name in names) for row in kept["rows"]])
