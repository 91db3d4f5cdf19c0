"""Patterns over paths, as an engineer types them: `*.jpg`, `*_mask.png`, `ground_truth`, `line 2/raw/*`."""

import re
import unicodedata
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache

_SPECIAL = re.compile(r"([*?\[])")


class Patterns:
    """Whether paths match any of some patterns, one question a folder and one a file.

    A pattern with a slash is held against the whole path, one without against the name of the file or of any folder on
    the way; what lies in a folder that matches, matches. Case is ignored, accents are compared in one form, and a text
    without `*`, `?` and `[` stands for itself.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._texts: dict[str, str] = {}  # in the form compared -> as typed
        self._rules: list[tuple[re.Pattern[str], bool, str]] = []
        for pattern in patterns:
            form = _form(pattern)
            self._texts.setdefault(form, pattern)
            if _SPECIAL.search(form):
                self._rules.append((re.compile(translate(form)), "/" in form, pattern))
        self._of_folder = lru_cache(maxsize=None)(self._find_folder)

    def of_file(self, path: str) -> str | None:
        """The pattern that a file's path matches, by itself or by a folder that it lies in; None where it is none."""
        folder, _, _ = path.rpartition("/")
        return self._of_folder(folder)[0] or self._match(path)

    def of_folder(self, folder: str) -> tuple[str | None, str]:
        """The pattern that the folder or one above it matches, and that folder's path; (None, "") without."""
        return self._of_folder(folder)

    def _find_folder(self, folder: str) -> tuple[str | None, str]:
        above, _, _ = folder.rpartition("/")
        pattern, place = self._of_folder(above) if above else (None, "")
        if pattern or not folder:
            return pattern, place
        pattern = self._match(folder)
        return pattern, folder if pattern else ""

    def _match(self, path: str) -> str | None:
        form = _form(path)
        name = form.rpartition("/")[2]
        exact = self._texts.get(form) or self._texts.get(name)
        if exact:
            return exact
        return next((typed for rule, whole, typed in self._rules if rule.match(form if whole else name)), None)


def literal(path: str) -> str:
    """The pattern that matches this path and no other."""
    return _SPECIAL.sub(r"[\1]", path)


def _form(path: str) -> str:
    return unicodedata.normalize("NFC", path).replace("\\", "/").strip("/").casefold()
