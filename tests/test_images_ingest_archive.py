import errno
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from image_files import make_zip

from vabal_core.images.ingest import archive
from vabal_core.images.ingest.archive import passed_over, unpack
from vabal_core.types import StudioError


def refusal(file: Path, folder: Path) -> str:
    """The line a refused archive gives, after a look that nothing stayed behind."""
    before = sorted(file.parent.rglob("*"))
    with pytest.raises(StudioError) as refused:
        list(unpack(file, folder))
    assert sorted(file.parent.rglob("*")) == before
    return str(refused.value)


def with_entry(file: Path, **fields) -> Path:
    """A ZIP with one honest entry and one with the given ZipInfo fields."""
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("1.png", b"one")
        entry = zipfile.ZipInfo("2.png")
        for name, value in fields.items():
            setattr(entry, name, value)
        made.writestr(entry, b"two")
    return file


def with_sizes(file: Path, size: int) -> None:
    """Overwrite the unpacked size that every header of the archive states."""
    content = bytearray(file.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset : at + offset + 4] = struct.pack("<I", size)
            at = content.find(signature, at + 1)
    file.write_bytes(content)


def test_everything_is_unpacked_and_told(tmp_path):
    file = make_zip(tmp_path / "a.zip", {"cr/1.png": b"one", "sc/deep/2.png": b"two", "empty.png": b""})
    events = list(unpack(file, tmp_path / "new" / "set"))
    assert (tmp_path / "new" / "set" / "cr" / "1.png").read_bytes() == b"one"
    assert (tmp_path / "new" / "set" / "sc" / "deep" / "2.png").read_bytes() == b"two"
    assert (tmp_path / "new" / "set" / "empty.png").read_bytes() == b""
    assert (events[-1].phase, events[-1].done, events[-1].total) == ("unpack", 3, 3)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["set"]


def test_folders_separated_the_windows_way_are_folders(tmp_path):
    list(unpack(make_zip(tmp_path / "a.zip", {"cr\\1.png": b"one"}), tmp_path / "set"))
    assert (tmp_path / "set" / "cr" / "1.png").read_bytes() == b"one"


@pytest.mark.parametrize("name", ["../1.png", "a/../../1.png", "..\\1.png"])
def test_an_entry_that_climbs_out_of_the_folder_refuses_the_archive(tmp_path, name):
    file = make_zip(tmp_path / "a.zip", {"good.png": b"x", name: b"x"})
    assert "outside its folder" in refusal(file, tmp_path / "set")


def reasons(file: Path) -> dict[str, str]:
    """path -> why it was passed over, after a look that the others are there."""
    folder = file.with_name("unpacked")
    list(unpack(file, folder))
    assert (folder / "1.png").read_bytes() == b"one"
    problems = {problem.path: problem.reason for problem in passed_over(file)}
    assert not any(os.path.isfile(folder / path.lstrip("/")) for path in problems if path not in ("1.png", "a"))
    return problems


@pytest.mark.parametrize("name", ["/etc/1.png", "C:\\1.png", "C:/1.png", "C:1.png", "\\\\server\\share\\1.png"])
def test_an_absolute_name_is_passed_over(tmp_path, name):
    file = make_zip(tmp_path / "a.zip", {"1.png": b"one", name: b"x"})
    assert list(reasons(file).values()) == ["an address of another computer, not a name below the ZIP's folder"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"external_attr": (stat.S_IFLNK | 0o777) << 16}, "symbolic link"),
        ({"external_attr": stat.S_IFCHR << 16}, "not a file"),
        ({"filename": "folder/"}, "a folder that holds bytes"),
        ({"filename": "x" * 300 + ".png"}, "unusable name"),
    ],
)
def test_an_odd_entry_is_passed_over_with_its_reason(tmp_path, fields, reason):
    file = with_entry(tmp_path / "a.zip", **fields)
    ((_, given),) = reasons(file).items()
    assert reason in given


@pytest.mark.parametrize(
    ("patch", "reason"), [((6, 8, b"\x01\0"), "encrypted"), ((8, 10, b"\x09\0"), "packed by a method")]
)
def test_an_entry_that_cannot_be_unpacked_is_passed_over_and_alone_refuses_the_archive(tmp_path, patch, reason):
    local, central, value = patch
    for names in (["1.png", "2.png"], ["2.png"]):
        file = make_zip(tmp_path / f"{len(names)}.zip", dict.fromkeys(names, b"one"))
        content = bytearray(file.read_bytes())
        for signature, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
            at = content.rfind(signature)
            content[at + offset : at + offset + 2] = value
        file.write_bytes(content)
        if len(names) == 2:
            assert reason in reasons(file)["2.png"]
        else:
            assert reason in refusal(file, tmp_path / "set")


def raw_zip(file: Path, names: list[bytes], extra: bytes = b"") -> Path:
    """A ZIP whose names are these bytes, without the flag that says that they are UTF-8."""

    class Raw(zipfile.ZipInfo):
        raw = b""

        def _encodeFilenameFlags(self):
            return self.raw, self.flag_bits & ~0x800

    with zipfile.ZipFile(file, "w") as made:
        for number, name in enumerate(names):
            entry = Raw(f"{number}.png")
            entry.raw, entry.extra = name, extra
            made.writestr(entry, b"one")
    return file


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_that_read_as_utf_8_are_utf_8_without_the_flag(tmp_path, form):
    names = ["Größe/1.png", "Übung/1.png", "划痕/1.png"]
    file = raw_zip(tmp_path / "a.zip", [unicodedata.normalize(form, name).encode() for name in names])
    list(unpack(file, tmp_path / "set"))
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == sorted(name[:-6] for name in names)


def test_other_names_are_the_archives_own_or_those_of_ms_dos(tmp_path):
    dos = "Größe.png".encode("cp437")
    assert [path.name for path in unpacked(raw_zip(tmp_path / "a.zip", [dos]))] == ["Größe.png"]
    field = b"\1" + struct.pack("<I", zlib.crc32(dos)) + "划痕.png".encode()
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    assert [path.name for path in unpacked(raw_zip(tmp_path / "b.zip", [dos], extra))] == ["划痕.png"]


def unpacked(file: Path) -> list[Path]:
    list(unpack(file, file.with_suffix("")))
    return sorted(file.with_suffix("").iterdir())


def test_a_bomb_is_refused_by_its_headers_before_anything_comes_out(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM_BYTES", 2**20)
    monkeypatch.setattr(archive, "_inflate_all", lambda *arguments: pytest.fail("inflated"))
    file = make_zip(tmp_path / "a.zip", {"1.png": bytes(4 * 2**20)})
    assert "unpacks to more than 1,048,576 bytes" in refusal(file, tmp_path / "set")


def test_a_bomb_whose_headers_lie_is_refused_by_what_comes_out(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM_BYTES", 2**20)
    file = make_zip(tmp_path / "a.zip", {f"{number}.png": bytes(2**19) for number in range(8)})
    listed = archive.zip_entries
    monkeypatch.setattr(archive, "zip_entries", lambda packed: [replace(entry, size=0) for entry in listed(packed)])
    assert "unpacks to more than" in refusal(file, tmp_path / "set")


def test_an_entry_larger_than_its_header_says_never_writes_more_than_said(tmp_path):
    file = make_zip(tmp_path / "a.zip", {"1.png": bytes(8 * 2**20)})
    with_sizes(file, 10)
    assert "damaged" in refusal(file, tmp_path / "set")


def test_too_many_entries_refuse_the_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "ENTRY_LIMIT", 2)
    file = make_zip(tmp_path / "a.zip", {f"{number}.png": b"x" for number in range(3)})
    assert "holds more than 2 entries, the limit" in refusal(file, tmp_path / "set")


@pytest.mark.parametrize("content", [b"", b"this is no archive", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_archive_is_refused_in_words(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    assert "a.zip is no ZIP archive, or a damaged one" in refusal(tmp_path / "a.zip", tmp_path / "set")


def test_damaged_content_refuses_the_archive(tmp_path):
    file = make_zip(tmp_path / "a.zip", {"1.png": bytes(range(256)) * 40}, zipfile.ZIP_STORED)
    content = bytearray(file.read_bytes())
    content[500] ^= 255
    file.write_bytes(content)
    assert "damaged" in refusal(file, tmp_path / "set")


def test_a_truncated_archive_is_refused(tmp_path):
    file = make_zip(tmp_path / "a.zip", {"1.png": bytes(range(256)) * 40}, zipfile.ZIP_STORED)
    file.write_bytes(file.read_bytes()[:5000])
    assert "damaged" in refusal(file, tmp_path / "set")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_entries_of_one_name_the_later_is_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("1.png", b"old")
        made.writestr("1.png", b"one")
    assert reasons(tmp_path / "a.zip") == {"1.png": "same name twice: the later one was taken"}


def test_a_file_named_like_a_folder_is_passed_over(tmp_path):
    file = make_zip(tmp_path / "a.zip", {"1.png": b"one", "a": b"one", "a/1.png": b"two"})
    assert reasons(file) == {"a": "named like a folder of the ZIP"}
    assert (tmp_path / "unpacked" / "a" / "1.png").read_bytes() == b"two"


@pytest.mark.skipif(os.name == "nt", reason="no file of Windows has a colon in its name")
def test_a_time_in_a_name_is_no_drive(tmp_path):
    assert [path.name for path in unpacked(make_zip(tmp_path / "a.zip", {"12:30:05.png": b"x"}))] == ["12:30:05.png"]


def test_a_missing_archive_is_refused_in_words(tmp_path):
    assert "No such file" in refusal(tmp_path / "gone.zip", tmp_path / "set")


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    class FullDisk:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            self.file.close()

        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    real = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode="r": FullDisk(real(path, mode)) if mode == "xb" else real(path))
    file = make_zip(tmp_path / "a.zip", {"1.png": b"one"})
    assert "no room for" in refusal(file, tmp_path / "set")


def test_an_archive_larger_than_the_free_disk_is_refused_first(tmp_path, monkeypatch):
    file = make_zip(tmp_path / "a.zip", {"1.png": bytes(3 * 2**20)})
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda folder: SimpleNamespace(free=2**20))
    assert "no room for a.zip: unpacked it takes 3 MiB, 1 MiB are free" in refusal(file, tmp_path / "set")


def test_closing_leaves_nothing_behind(tmp_path):
    file = make_zip(tmp_path / "a.zip", {f"{number}.png": b"x" for number in range(100)})
    work = unpack(file, tmp_path / "set")
    next(work)
    assert len(list(tmp_path.iterdir())) == 2
    work.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_a_folder_with_something_in_it_is_not_touched(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("mine")
    file = make_zip(tmp_path / "a.zip", {"1.png": b"one"})
    assert "exists already" in refusal(file, tmp_path / "set")
