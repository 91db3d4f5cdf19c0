"""Hostile archives, images and tables."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openpyxl
from PIL import Image

from common.hostile_cases import Case, Importer, cuts, flips

NAMES = (
    "../x", "a/../../x", "..\\x", "a\\..\\..\\x", "/x", "/var/x", "C:\\x", "C:x", "//server/share/x", "~/.ssh/x",
    "a\0b", "%2e%2e/x",
    "con.png", "nul", ".", "..", "", "a" * 300, "a/" * 200 + "x.png", "\u202egnp.x", "x\n.png", "-rf.png", "*.png",
    "a:b.png", "x ", " ", "x.", "\ud7ff.png", "é.png", "e\u0301.png", "<script>.png", "=cmd|'/c calc'!A1.png",
)  # fmt: skip
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "TGA", "JPEG2000")
TABLES = {
    "empty": b"",
    "one line": b"image,label\n",
    "zeros": bytes(4096),
    "no newline": b"image,label\n1.png,crazing",
    "quote left open": b'image,label\n"1.png,crazing\n2.png,x\n',
    "a field of 2 MB": b"image,label\n" + b"a" * 2**21 + b",x\n",
    "10,000 columns": b",".join(b"c%d" % i for i in range(10_000)) + b"\n1.png,x\n",
    "ragged": b"image,label\n1.png\n1.png,a,b,c\n",
    "same header twice": b"image,image,label,label\n1.png,2.png,a,b\n",
    "zero byte": b"image,label\n1.png,cra\0zing\n",
    "UTF-16": "image,label\n1.png,Kratzer\n".encode("utf-16"),
    "UTF-16 without its mark": "image,label\n1.png,x\n".encode("utf-16-le"),
    "Latin-1": "image,label\n1.png,Lunker ä\n".encode("latin-1"),
    "half of a letter": b"image,label\n1.png,\xc3\n",
    "mark in the middle": "image,label\n1.png,\ufeffx\n".encode(),
    "formula": b"image,label\n1.png,=cmd|'/c calc'!A1\n",
    "markup": b"image,label\n1.png,<img src=x onerror=alert(1)>\n",
    "climbs out": b"image,label\n../../../../etc/passwd,x\n",
    "absolute": b"image,label\n/etc/passwd,x\n",
    "a device": b"image,label\n/dev/zero,x\n",
    "an address": b"image,label\nhttp://evil.example/1.png,x\n",
    "a share": b"image,label\n\\\\evil\\share\\1.png,x\n",
    "a folder": b"image,label\n.,x\n",
    "itself": b"image,label\nitself.csv,x\n",
    "tabs and semicolons": b"image;label\tsplit\n1.png;a\tb\n",
    "an unknown split": b"image,label,split\n1.png,a,maybe\n",
    "a class of 10,000 letters": b"image,label\n1.png," + b"k" * 10_000 + b"\n",
    "5,000 classes": b"image,label\n" + b"".join(b"1.png,c%d\n" % i for i in range(5_000)),
    "carriage returns": b"image,label\r1.png,a\r2.png,b\r",
    "a number too large": b"image,label\n1.png,1e9999\n",
    "right to left": "image,label\n1.png,\u202exyz\n".encode(),
}
JSONS = {
    "deep": b"[" * 50_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "NaN": b'{"images": NaN}',
    "a number": b"7",
    "null": b"null",
    "COCO without images": b'{"images": [], "annotations": [], "categories": []}',
    "COCO of nothing": b'{"images": [{}], "annotations": [{}], "categories": [{}]}',
    "COCO with strange ids": b'{"images": [{"id": [], "file_name": {}}], "annotations": [{"image_id": null}]}',
    "COCO that climbs out": b'{"images": [{"id": 1, "file_name": "../../etc/passwd"}], "annotations": []}',
    "huge number": b'{"images": ' + b"9" * 5_000 + b"}",
    "same key twice": b'{"images": [], "images": {}, "annotations": []}',
    "half": b'{"images": [{"id"',
    "lines": b'{"image": "1.png"}\n{"image": \n',
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
}


def files(importer: Importer, quick: bool) -> Iterator[Case]:
    few = 3 if quick else 12
    yield from _written(importer, "archives", archives(few, 1_000 if quick else 20_000))
    yield from _written(importer, "images", images(few))
    yield from _written(importer, "tables", tables(few))


def _written(importer: Importer, kind: str, sources: Iterator[tuple[str, bytes]]) -> Iterator[Case]:
    """Each as a source of its own; an image and a table in a folder, beside an image that is good."""
    for number, (name, content) in enumerate(sources):
        suffix = name.rpartition(".")[2]

        def survive(number: int = number, suffix: str = suffix, content: bytes = content) -> None:
            folder = importer.sources / f"{kind}-{number}"
            folder.mkdir()
            (folder / "1.png").write_bytes(_image("PNG"))
            file = folder / ("itself.csv" if suffix == "csv" else f"hostile.{suffix}")
            file.write_bytes(content)
            importer.survives(folder if kind == "images" else file)

        yield Case(kind=kind, name=name, survive=survive)


def archives(few: int, many: int) -> Iterator[tuple[str, bytes]]:
    for name in NAMES[:: 1 if few > 3 else 3]:
        yield f"named {name[:20]!r} .zip", _zip({name: _image("PNG"), "crazing/1.png": _image("PNG")})
        yield f"named {name[:20]!r} .tar", _tar({name: _image("PNG")})
    good = {f"{label}/{i}.png": _image("PNG", i) for i in range(3) for label in ("crazing", "scratches")}
    for kind, content in {"zip": _zip(good), "tar": _tar(good), "tar.gz": _tar(good, "w:gz")}.items():
        yield from ((f"cut .{kind}", part) for part in cuts(content, few))
        yield from ((f"bytes changed .{kind}", part) for part in flips(content, few, seed=len(kind)))
    yield "a bomb .zip", _zip({f"{i}.png": bytes(2**24) for i in range(17)})
    yield f"{many:,} empty entries .zip", _zip({f"{i}.png": b"" for i in range(many)})
    yield "an archive in an archive .zip", _zip({"inner.zip": _zip(good)})
    yield "names twice .zip", _zip(good) + _zip(good)
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"?"):
        yield f"an entry of kind {kind!r} .tar", _tar({"1.png": b""}, entry=lambda entry, kind=kind: _as(entry, kind))


def _as(entry: tarfile.TarInfo, kind: bytes) -> None:
    entry.type, entry.linkname = kind, "/etc/passwd"


def _zip(entries: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name or "x"), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _tar(
    entries: dict[str, bytes], mode: str = "w", entry: Callable[[tarfile.TarInfo], None] = lambda _: None
) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in entries.items():
            of_archive = tarfile.TarInfo(name.replace("\0", ""))
            of_archive.size = len(content)
            entry(of_archive)
            archive.addfile(of_archive, io.BytesIO(content))
    return stream.getvalue()


def images(few: int) -> Iterator[tuple[str, bytes]]:
    for kind in FORMATS:
        suffix = {"JPEG": "jpg", "TIFF": "tif", "JPEG2000": "jp2"}.get(kind, kind.lower())
        content = _image(kind)
        yield from ((f"{kind} cut .{suffix}", part) for part in cuts(content, few))
        yield from ((f"{kind} with bytes changed .{suffix}", part) for part in flips(content, few, seed=1))
    yield (
        "an image of 100,000 x 100,000 pixels .png",
        _image("PNG").replace(b"\x00\x00\x00 \x00\x00\x00 ", b"\x00\x01\x86\xa0" * 2),
    )
    yield "a script .svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    yield "a pickle .png", b"\x80\x04cos\nsystem\n(S'true'\ntR."


def tables(few: int) -> Iterator[tuple[str, bytes]]:
    yield from ((f"{name} .csv", content) for name, content in TABLES.items())
    yield from ((f"{name} .json", content) for name, content in JSONS.items())
    book = openpyxl.Workbook()
    book.active.append(["image", "label"])
    book.active.append(["1.png", "crazing"])
    stream = io.BytesIO()
    book.save(stream)
    yield from (("workbook cut .xlsx", part) for part in cuts(stream.getvalue(), few))
    yield from (("workbook with bytes changed .xlsx", part) for part in flips(stream.getvalue(), few, seed=2))
    yield "no workbook .xlsx", json.dumps({"PK": 1}).encode()
    yield from (("no parquet .parquet", part) for part in flips(b"PAR1" + bytes(200) + b"PAR1", few, seed=3))


def _image(kind: str, seed: int = 0) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (32, 32), np.uint8)
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def corpus(folder: Path) -> None:
    """A small image of each format, for a fuzzer to begin with."""
    for kind in FORMATS:
        (folder / kind).write_bytes(_image(kind))
