"""Why a file gives no pixels, in words: what its first bytes say that it is, and what an error of a decoder means."""

from vabal_core.types import StudioError

READABLE = "JPEG, PNG, BMP, TIFF, WebP, JPEG 2000, JPEG XL, AVIF, PNM and TGA are read, HEIC with pillow-heif"

_READABLE_STARTS = {
    b"\xff\xd8": "JPEG", b"\x89PNG": "PNG", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF",
    b"MM\0+": "TIFF", b"\0\0\0\x0cjP  ": "JPEG 2000", b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL", b"\0\0\0\x0cJXL ": "JPEG XL",
}  # fmt: skip
_OTHER_STARTS = {
    b"GIF8": "GIF", b"RIFF": "RIFF", b"8BPS": "Photoshop", b"%PDF": "PDF",
    b"\0\0\1\0": "Windows icon", b"\x76\x2f\x31\x01": "OpenEXR", b"#?RADIANCE": "Radiance HDR", b"\x89HDF": "HDF5",
    b"\x93NUMPY": "NumPy", b"SIMPLE  =": "FITS", b"P7\n": "PAM", b"II\xbc": "JPEG XR",
}  # fmt: skip
_ARCHIVE_STARTS = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_UNREAD_ARCHIVES = (b"Rar!", b"7z\xbc\xaf")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
# A workbook or a text of an office program is a ZIP as well, which begins with one of these.
_OFFICE = (b"[Content_Types]", b"docProps/", b"_rels/", b"xl/", b"mimetypeapplication/vnd.oasis")
ARCHIVE = "archive"  # the reason against one begins with it
_RAW_STARTS = {
    b"FUJIFILMCCD-RAW": "Fujifilm", b"IIRO": "Olympus", b"IIRS": "Olympus", b"MMOR": "Olympus", b"IIU\0": "Panasonic",
    b"FOVb": "Sigma", b"\0MRM": "Minolta",
}  # fmt: skip
# Of a file of the ISO family (its size, then "ftyp"), by its brand.
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"crx ": "Canon raw", b"mif1": "HEIC", b"msf1": "HEIC", b"hei": "HEIC",
           b"hev": "HEIC"}  # fmt: skip
_RAW = "it holds what the sensor measured, and beside it a small preview; export the picture as TIFF or PNG"


PIXEL_LIMIT = 100_000_000


class Unreadable(StudioError):
    """A file that gives no pixels. The text is the reason alone ("zero bytes"); whoever asked knows which file."""


def format_of(start: bytes) -> str:
    """The format that a file's first bytes (12 at least) name, of those that may be read; "" where it is none."""
    for magic, name in _READABLE_STARTS.items():
        if start.startswith(magic):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP"
    if start[:1] == b"P" and start[1:2] in b"123456Ff" and start[2:3].isspace():
        return "PNM"
    brand = _brand(start)
    return brand if brand in ("AVIF", "HEIC") else ""


def raw_reason(camera: str) -> str:
    """Why a raw file of a camera is no picture."""
    return f"a raw file of a camera{f' ({camera})' if camera else ''}: {_RAW}"


def refusal(start: bytes) -> str:
    """What a file is that no decoder takes, by its first bytes."""
    for magic, name in _RAW_STARTS.items():
        if start.startswith(magic):
            return raw_reason(name)
    if _brand(start) == "Canon raw":
        return raw_reason("Canon")
    if name := format_of(start):
        return f"damaged: starts like a {name} file, but its header cannot be read"
    if start.startswith(b"PK") and any(name in start for name in _OFFICE):
        return "not an image: a document of an office program; a table of labels: import it by itself"
    if start.startswith(_OLD_OFFICE):
        return (
            "not an image: an older document of an office program; a table of labels: save it as .xlsx, and import that"
        )
    if start.startswith(_UNREAD_ARCHIVES):
        return f"{ARCHIVE}: 7z and RAR are not read; unpack it and import the folder, or pack it again as ZIP or TAR"
    if start.startswith(_ARCHIVE_STARTS):
        return f"{ARCHIVE}: not unpacked with what it lies in; import it by itself (ZIP and TAR are read), or unpack it"
    for magic, name in _OTHER_STARTS.items():
        if start.startswith(magic):
            return f"unsupported format: a {name} file; {READABLE}"
    if start[128:132] == b"DICM":
        return f"unsupported format: a DICOM file; {READABLE}"
    if start[4:8] == b"ftyp":
        return f"unsupported format: a video or another file of the MP4 family; {READABLE}"
    printable = sum(byte >= 32 or byte in b"\t\r\n" for byte in start) == len(start)
    return f"not an image: {'a text file' if printable else 'unknown content'}; {READABLE}"


def check_size(width: int, height: int) -> None:
    """`Unreadable` where an image has no pixel or more than PIXEL_LIMIT."""
    if not 0 < width * height <= PIXEL_LIMIT:
        raise Unreadable(f"too large: {width:,} x {height:,} is more than the limit of {PIXEL_LIMIT:,} pixels")


def in_words(error: Exception) -> str:
    """The reason in words for an error of a decoder."""
    if isinstance(error, FileNotFoundError):
        return "missing: there is no such file"
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot be opened: {error.strerror}"
    if isinstance(error, MemoryError):
        return "too large: not enough memory to decode it"
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "truncated: the file ends before its image does"
    return f"damaged: {str(error) or type(error).__name__}"


def _brand(start: bytes) -> str:
    if start[4:8] != b"ftyp":
        return ""
    if start[8:12] in (b"mif1", b"msf1") and b"avif" in start[12:64]:
        return "AVIF"
    return next((name for brand, name in _BRANDS.items() if start[8:12].startswith(brand)), "")
