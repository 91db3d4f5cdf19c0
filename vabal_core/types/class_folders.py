"""Folders called like classes, and the class that such a folder stands for."""

import re
import unicodedata
from urllib.parse import unquote

MAX_BYTES = 120  # of a name without its ending, in UTF-8: with folders before it, Windows takes 260 characters
FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
MARK = "class.json"  # lies in each folder of an export, with the name of its class: {"made_by": .., "class": ..}
_AT_THE_ENDS = re.compile(r"^[. ]+|[. ]+$")
_LIKE_AN_ESCAPE = re.compile(r"%(?=[0-9A-Fa-f]{2})")


def class_folder(name: str) -> str:
    """A folder for the class `name`: what no folder may hold stands there as in an address ("a/b" is "a%2Fb"), so that
    `class_of_folder` reads the name back. One of more than `MAX_BYTES` is cut, and cannot be read back."""
    plain = _LIKE_AN_ESCAPE.sub("%25", unicodedata.normalize("NFC", name))
    for forbidden in (_AT_THE_ENDS, FORBIDDEN):
        plain = forbidden.sub(lambda match: _escaped(match[0]), plain)
    if DEVICES.match(plain):
        plain = _escaped(plain[0]) + plain[1:]
    return shortened(plain, MAX_BYTES).rstrip(". ") or "_"


def class_of_folder(folder: str) -> str:
    """The class that `class_folder` gives such a folder; `folder` itself where no class would be written so."""
    name = unquote(folder)
    return name if class_folder(name) == unicodedata.normalize("NFC", folder) else folder


def shortened(text: str, size: int) -> str:
    """As much of the text as `size` bytes of UTF-8 hold."""
    return text.encode()[:size].decode(errors="ignore")


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())
