"""One rule for names: what one may hold, and which two are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vabal_core.types import StudioError
from vabal_core.types.names import clean_name, fold_name, name_book, page_word, same_name

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(
    "name",
    [
        "Kratzer\u00a0tief",
        "擦傷\u3000深い",
        "می\u200cخواهم",
        "👨\u200d🔧 weld",
        "Pits",
        "rolled-in_scale",
        "-edge",
        "=1+1",
        "é",
    ],
)
def test_a_name_is_stored_as_the_person_wrote_it(name: str) -> None:
    assert clean_name(f"  {name}\n", "class") == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a\tb", "a control character (U+0009) as its character 2"),
        ("a\x1b[31mb", "a control character (U+001B)"),
        ("invoice\u202egpj", "turns the direction of the text around it (U+202E)"),
        ("a\u2066b", "turns the direction"),
        ("a\u2028b", "a line break (U+2028)"),
        ("a\ud83d", "left over from a wrong encoding (U+D83D)"),
        ("\u200b \u00a0", "is empty"),
        ("x" * 101, "has 101 characters; 100 is the most"),
    ],
)
def test_a_name_that_will_not_do_is_refused_with_the_true_reason(name: str, reason: str) -> None:
    with pytest.raises(StudioError) as refusal:
        clean_name(name, "class")
    assert reason in str(refusal.value) and not set("\x1b\t\u2028\u202e") & set(str(refusal.value))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Pits", "PITS"),
        ("Kratzer tief", "kratzer\u00a0\u00a0TIEF"),
        ("擦傷\u3000深い", "擦傷 深い"),
        ("e\u0301cart", "Écart"),
        ("STRASSE", "straße"),
        ("pits", "pi\u00adts\ufeff"),
        ("⚙\ufe0f", "⚙"),
    ],
)
def test_names_are_the_same_whatever_their_case_spaces_and_accents(name: str, other: str) -> None:
    assert same_name(name, other)


@pytest.mark.parametrize(
    ("name", "other"), [("pits", "pit"), ("می\u200cخواهم", "میخواهم"), ("a_b", "a b"), ("１", "1")]
)
def test_names_that_differ_in_what_is_seen_are_two(name: str, other: str) -> None:
    assert not same_name(name, other)


@given(ANY_TEXT)
def test_the_form_in_which_names_are_compared_is_its_own_form(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)
    for form in ("NFC", "NFD"):
        assert fold_name(unicodedata.normalize(form, name)) == fold_name(name)


@given(ANY_TEXT)
def test_a_name_that_is_taken_is_the_same_when_it_is_read_again(name: str) -> None:
    try:
        stored = clean_name(name, "class")
    except StudioError as refusal:
        assert str(refusal).startswith("The class name")
    else:
        assert clean_name(stored, "class") == stored and same_name(stored, name)


def test_a_word_of_the_page_is_no_name() -> None:
    with pytest.raises(StudioError, match="turns the direction"):
        clean_name(page_word("Any"), "class")


def test_a_book_finds_the_name_as_it_is_written_before_one_that_is_the_same() -> None:
    book = name_book([("Pits", 1), ("pits", 2), ("scratches", 3)])
    assert [book.find(name) for name in ("Pits", "pits", "PITS", " Scratches", "rust")] == [1, 2, 1, 3, None]
