"""Names that people choose are shown as they are, whatever a page or a chart would make of their characters."""

import re
from pathlib import Path

import pandas as pd
import pytest

from vabal_core.ui.app.format import UNSEEN, plain, time_left
from vabal_core.ui.charts import progress as figures

STRANGE = ["<script>alert(1)</script>", "![](http://x)", "rolled_in_scale_", "*a* `b` $c$ [d](e) :red[f]", "1. g\\h"]


@pytest.mark.parametrize("name", STRANGE)
def test_no_mark_of_a_name_is_left_to_markdown(name: str):
    shown = plain(name).replace(UNSEEN, "")
    assert re.fullmatch(r"(?:\\[^\w\s]|\\_|[^\W_]|\s)*", shown), "every mark is escaped"
    assert re.sub(r"\\(.)", r"\1", shown) == name


@pytest.mark.parametrize("name", ["http://x.y", "HTTPS://x.y", "www.x.y", "a@b.c", ":smile:", ":material/home:"])
def test_what_streamlit_turns_without_a_mark_is_broken_by_a_sign_nobody_sees(name: str):
    assert UNSEEN in plain(name)


def test_plain_words_stay_as_they_are():
    assert plain("rolled in scale 12 åäö") == "rolled in scale 12 åäö"


def counts(*names: str) -> pd.DataFrame:
    return pd.DataFrame([[1] * len(names)] * len(names), index=list(names), columns=list(names))


def test_classes_named_by_numbers_stay_names_in_the_confusion():
    figure = figures.confusion(counts("1", "2", "10"))
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("category", "category")
    assert list(figure.data[0].x) == ["1", "2", "10"]


# Plotly shows the reference of a quote, &quot; or &#x27;, as it is written.
@pytest.mark.parametrize(
    ("name", "escaped"), [("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"), ("""1" d'x""", """1" d'x"""), ("a&b", "a&amp;b")]
)
def test_a_class_named_like_markup_is_no_markup_in_a_chart(name: str, escaped: str):
    confusion = figures.confusion(counts(name))
    assert list(confusion.data[0].x) == list(confusion.data[0].y) == [escaped]
    recall = figures.recall(pd.DataFrame({"name": [name], "value": [1.0], "low": [0.5], "high": [1.0], "count": [3]}))
    assert list(recall.data[0].y) == [f"{escaped} (3)"]
    balance = figures.balance(
        pd.DataFrame({"round": ["now"], "name": [name], "share": [1.0], "count": [2], "labels": [2]})
    )
    assert balance.data[0].name == escaped


def test_no_chart_escapes_a_name_in_another_way():
    charts = [file for file in Path(figures.__file__).parent.glob("*.py") if file.name != "experiment_page.py"]
    assert [file.name for file in charts if "escape(" in file.read_text()] == ["progress.py"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "nearly done"),
        (9.9, "nearly done"),
        (44, "less than a minute left"),
        (80, "about 1 min left"),
        (150, "about 2 min left"),
        (9000, "about 2 h left"),
    ],
)
def test_the_time_left_is_told_no_finer_than_a_forecast_holds(seconds: float, words: str):
    assert time_left(seconds) == words
