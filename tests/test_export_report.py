"""How a report says numbers, and where its charts put them."""

import pytest

from vabal_core.evidence.intervals import NOTHING, Estimate
from vabal_core.export.report import ClassReport, MeasuredRound
from vabal_core.export.report_charts import MAX_NAME, ROW, accuracy_curve, label_bars, share_whiskers, shortened
from vabal_core.export.report_format import counted, estimate, listed, percent


def share(value: float, low: float = 0.0, high: float = 1.0) -> Estimate:
    return Estimate(value=value, low=low, high=high, count=10)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.0 %"), (0.0004, "under 0.1 %"), (0.824, "82.4 %"), (0.9999, "over 99.9 %"), (1.0, "100.0 %")],
)
def test_what_is_neither_all_nor_nothing_is_not_called_so(value: float, words: str) -> None:
    assert percent(value) == words


def test_an_estimate_has_its_range_and_nothing_is_a_dash() -> None:
    assert estimate(share(0.5, 0.25, 0.75)) == "50.0 % (25.0 % to 75.0 %)"
    assert estimate(NOTHING) == "–"


def test_names_and_counts_are_read_out_as_people_say_them() -> None:
    texts = [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])]
    assert texts == ["", "“a”", "“a” and “b”", "“a”, “b” and “c”"]
    assert counted(1, "image") == "1 image" and counted(1_200, "class", "classes") == "1,200 classes"


def class_of(name: str, count: int) -> ClassReport:
    about = {"rare": False, "note": "", "merged": (), "pictures": (), "last_label": None, "taken": None}
    return ClassReport(name=name, labels={"pool": count, "evaluation": 0}, estimates=None, **about)


def test_bars_are_as_long_as_their_counts() -> None:
    chart = label_bars([class_of("a", 40), class_of("b", 10), class_of("c", 0)])
    assert [bar.width / chart.bars[0].width for bar in chart.bars] == [1, 0.25, 0]
    assert [bar.y for bar in chart.bars] == [0, ROW, 2 * ROW] and chart.height == 3 * ROW
    assert [bar.width for bar in label_bars([class_of("a", 0)]).bars] == [0]


def test_whiskers_leave_out_what_no_image_tells_of() -> None:
    (row,) = share_whiskers([("a", NOTHING), ("b", share(0.5, 0.25, 1.0))]).whiskers
    assert row.name == "b" and row.low < row.x < row.high
    assert row.high - row.x == pytest.approx(2 * (row.x - row.low))


def test_a_curve_stays_in_its_frame_whatever_the_labels() -> None:
    for labels in ([50, 50], [10, 20, 2_000], [100, 80]):
        measured = [
            MeasuredRound(number=n, at=None, labels=count, accuracy=share(0.9), balanced_accuracy=share(0.9))
            for n, count in enumerate(labels)
        ]
        chart = accuracy_curve(measured)
        assert all(0 <= x <= 640 and 0 <= y <= chart.height for x, y in chart.dots)
        assert chart.x_ticks[-1].text == f"{max(labels):,}"


def test_a_long_name_is_shortened_beside_a_bar() -> None:
    assert shortened("scratches") == "scratches"
    assert len(shortened("x" * 100)) == MAX_NAME and shortened("x" * 100).endswith("…")
    assert shortened("划痕" * 20) == "划痕" * 5 + "…" and shortened("划痕" * 5) == "划痕" * 5
