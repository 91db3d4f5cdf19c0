"""One rule for the names of classes and projects: what one may hold, and which two are the same.

What is shown is what the person wrote. Two names are the same where they differ only in the form of their accents, in
capital letters, in the kind and number of their spaces, or in characters that nobody can see.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from vabal_core.types import StudioError

MAX_NAME_CHARACTERS = 100
SHOWN_CHARACTERS = 40  # of a name that will not do

# Not seen, and without a meaning of their own: soft hyphen, zero-width space, marks of direction, word joiner, byte
# order mark, and which form of a sign is drawn. The joiners of scripts and emoji (U+200C, U+200D) do have one.
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2060\ufe00-\ufe0f\ufeff]")
# What turns the direction of the text around it, beyond the name itself.
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

Named = TypeVar("Named")


def fold_name(name: str) -> str:
    """The form in which names are compared; "" where nothing of `name` can be seen."""
    spaced = " ".join(_UNSEEN.sub("", name).split())
    # Taken apart before and after: Unicode's own rule of comparing without regard to case.
    folded = unicodedata.normalize("NFD", spaced).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded))


def same_name(name: str, other: str) -> bool:
    return fold_name(name) == fold_name(other)


def tidy_name(name: str) -> str:
    """`name` as it is stored: without outer spaces, its accents in one form."""
    return unicodedata.normalize("NFC", name).strip().strip("\ufeff").strip()


def why_no_name(name: str) -> str:
    """Why `name`, tidied, cannot be one, as the end of a sentence; "" where it can."""
    if not fold_name(name):
        return "is empty: type one"
    if len(name) > MAX_NAME_CHARACTERS:
        return f"has {len(name)} characters; {MAX_NAME_CHARACTERS} is the most: shorten it"
    for character in name:
        if reason := _why_not(character):
            return f"holds {reason} (U+{ord(character):04X}) as its character {name.index(character) + 1}: take it out"
    return ""


def clean_name(name: str, what: str) -> str:
    """`name` as it is stored. StudioError, with the true reason, where it cannot name a `what` ("class")."""
    tidied = tidy_name(name)
    if reason := why_no_name(tidied):
        shown = tidied.encode("utf-8", "backslashreplace").decode()
        shown = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "\ufffd", shown)
        raise StudioError(f"The {what} name “{shown[:SHOWN_CHARACTERS]}” {reason}.")
    return tidied


@dataclass(frozen=True)
class NameBook(Generic[Named]):
    """Whatever has names, looked up by the rule: first by the name as it is written, then by the folded one."""

    exact: Mapping[str, Named]
    folded: Mapping[str, Named]

    def find(self, name: str) -> Named | None:
        """What is called `name`, or None."""
        written_so = self.exact.get(tidy_name(name))
        return self.folded.get(fold_name(name)) if written_so is None else written_so


def name_book(items: Iterable[tuple[str, Named]]) -> NameBook[Named]:
    """A book of (name, item); where several have the same name, the first of them has it."""
    exact: dict[str, Named] = {}
    folded: dict[str, Named] = {}
    for name, item in items:
        exact.setdefault(tidy_name(name), item)
        folded.setdefault(fold_name(name), item)
    return NameBook(exact, folded)


def page_word(text: str) -> str:
    """A word of a page that stands among names, such as "Any" in a list of classes: it looks as it is, and no class and
    no project can be called so, because no name may hold the marks around it."""
    return f"\u2068{text}\u2069"


def _why_not(character: str) -> str:
    category = unicodedata.category(character)
    if character in _TURNING:
        return "a character that turns the direction of the text around it"
    if category == "Cs":
        return "half a character, left over from a wrong encoding"
    if category in ("Zl", "Zp"):
        return "a line break"
    return "a control character" if category == "Cc" else ""
