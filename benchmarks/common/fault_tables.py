"""The tables of what can go wrong, of hostile files and requests, and of many people at once."""

from typing import Any

from common.markdown import table


def faults(kept: dict[str, Any]) -> str:
    """A row a kind and database, with the shortest of what was said."""
    rows = [
        (
            *(row["fault"], row["database"], f"{row['tried']:,}", row["lost"], row["doubled"], row["unexplained"]),
            min(row["words"], key=len).replace("|", "/") if row["words"] else "",
        )
        for row in kept["rows"]
    ]
    total = ("all", "", f"{kept['tried']:,}", kept["lost"], kept["doubled"], kept["unexplained"], "")
    return table("what goes wrong | database | tried | lost | doubled | unexplained | said, for one", [*rows, total])


def hostile(kept: dict[str, Any]) -> str:
    rows = [(row["kind"], f"{row['tried']:,}", row["failed"], f"{row['seconds']:g}") for row in kept["rows"]]
    return table("kind | tried | failed | seconds of the slowest", rows)


def team(kept: dict[str, Any]) -> str:
    rows = [
        (
            *(row["database"], row["how"], f"{row['labels']:,}", f"{row['a_second']:g}"),
            *(f"{row[name]:,.0f}" for name in ("ack_p50_ms", "ack_p95_ms", "ack_max_ms")),
            *(row[name] for name in ("lost", "doubled", "shared")),
        )
        for row in kept["rows"]
    ]
    columns = "database | how | labels | a second | p50, ms | p95, ms | slowest, ms | lost | doubled | of two people"
    return table(columns, rows)


def label_log(kept: dict[str, Any]) -> str:
    return table(
        "different events | runs of hypothesis | wrong", [(f"{kept['events']:,}", kept["runs"], kept["wrong"])]
    )
