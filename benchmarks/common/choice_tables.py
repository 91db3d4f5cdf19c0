"""README's tables of experiments: which strategy learns most, on what, and what a choice costs."""

from typing import Any

from common.markdown import table


def choices(kept: dict[str, Any]) -> str:
    """Mean area under the learning curve by strategy and source, and the paired difference to the best other; of those
    that were run on all sources."""
    names = list(kept["settings"])
    rows = [
        (
            f"`{row['strategy']}`", *(_points(row.get(name)) for name in names), _points(row["mean"]),
            _difference(row), _difference(row["untouched"] or {}), ", ".join(row.get("worse_on", ())) or "-",
            _points(row.get("rare_share")), _points(row.get("labels_share")),
        )
        for row in kept["rows"]
        if row["mean"] is not None
    ]  # fmt: skip
    header = [
        "strategy", *names, "mean", "mean less the best other's", "of the sources not tuned on",
        "below the best other on", "rare classes among its labels, %", "labels until random's last value, %",
    ]  # fmt: skip
    return table(" | ".join(header), rows)


def variants(kept: dict[str, Any]) -> str:
    told = ("variant", "mean", "value", "low", "high", "p")
    names = [name for name in kept["rows"][0] if name not in told]
    first, *others = (
        (row["variant"], *(_points(row[name]) for name in names), _points(row["mean"]), _beside_first(row))
        for row in kept["rows"]
    )
    heads = ["the distance to what is chosen counts as", *names, "mean", f"less {first[0]}"]
    return table(" | ".join(heads), [(*first[:-1], "-"), *others])


def _beside_first(row: dict[str, Any]) -> str:
    return f"{row['value']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f}), p {_p(row['p'])}"


def choice_sources(kept: dict[str, Any]) -> str:
    rows = [
        (
            name, f"`{setting['source']}`", f"{setting['initial']} + {setting['rounds']} x {setting['batch']}",
            ", ".join(f"{key}={value}" for key, value in setting["overrides"].items()) or "as the Studio reads them",
            "tuned on" if setting["tuned"] else "looked at afterwards",
        )
        for name, setting in kept["settings"].items()
    ]  # fmt: skip
    return table("name | source | labels | read with | ", rows)


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _difference(row: dict[str, Any]) -> str:
    if row.get("difference") is None:
        return "-"
    interval = f" ({row['low']:+.2f} to {row['high']:+.2f}), p {_p(row['p'])}" if row.get("low") is not None else ""
    return f"{row['difference']:+.2f}{interval} to `{row['other']}`"


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def strategy_costs(kept: dict[str, Any]) -> str:
    """Of the largest pool measured: our cost, and that of scikit-activeml for the same picks."""
    most = max(row["images"] for row in kept["rows"])
    rows = [
        (f"`{row['strategy']}`", f"{row['processor_seconds']:.1f} s", f"{row['peak_mib']:,} MiB", _peer(row))
        for row in kept["rows"]
        if row["images"] == most
    ]
    return table("strategy | processor | peak memory above the data | scikit-activeml", rows)


def _peer(row: dict[str, Any]) -> str:
    peer = row.get("scikit_activeml", {})
    return peer.get("not_done") or (f"{peer['processor_seconds']:.1f} s, {peer['peak_mib']:,} MiB" if peer else "-")
