"""TAR archives, packed and not: the same promises as for a ZIP."""

import gzip
import io
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from vabal_core.images.ingest import archive
from vabal_core.images.ingest.archive import is_archive, passed_over, unpack
from vabal_core.types import StudioError

ENDINGS = {"a.tar": "w", "a.tar.gz": "w:gz", "a.tgz": "w:gz", "a.tar.xz": "w:xz", "a.tar.bz2": "w:bz2"}


def make_tar(file: Path, entries: dict[str, bytes], how: str = "w", **fields: Any) -> Path:
    """A TAR with these entries, the last of them with the given fields of its header."""
    with tarfile.open(file, how) as made:
        for name, content in entries.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            for key, value in fields.items() if name == list(entries)[-1] else ():
                setattr(header, key, value)
            made.addfile(header, io.BytesIO(content))
    return file


def refusal(file: Path) -> str:
    before = sorted(file.parent.rglob("*"))
    with pytest.raises(StudioError) as refused:
        list(unpack(file, file.parent / "set"))
    assert sorted(file.parent.rglob("*")) == before
    return str(refused.value)


@pytest.mark.parametrize("name", ENDINGS)
def test_a_tar_is_unpacked_however_it_is_packed(tmp_path, name: str):
    file = make_tar(tmp_path / name, {"cr/1.png": b"one", "sc/deep/ä 2.png": b"two", "empty.png": b""}, ENDINGS[name])
    events = list(unpack(file, tmp_path / "set"))
    assert is_archive(file)
    assert (tmp_path / "set" / "cr" / "1.png").read_bytes() == b"one"
    assert (tmp_path / "set" / "sc" / "deep" / "ä 2.png").read_bytes() == b"two"
    assert (tmp_path / "set" / "empty.png").read_bytes() == b""
    assert (events[-1].phase, events[-1].done, events[-1].total) == ("unpack", 3, 3)


def test_a_folder_packed_as_a_dot_is_its_files(tmp_path):
    (tmp_path / "steel" / "cr").mkdir(parents=True)
    (tmp_path / "steel" / "cr" / "1.png").write_bytes(b"one")
    with tarfile.open(tmp_path / "a.tar", "w") as made:
        made.add(tmp_path / "steel", arcname=".")
    list(unpack(tmp_path / "a.tar", tmp_path / "set"))
    assert (tmp_path / "set" / "cr" / "1.png").read_bytes() == b"one"
    assert passed_over(tmp_path / "a.tar") == ()


@pytest.mark.parametrize("name", ["../1.png", "a/../../1.png"])
def test_an_entry_that_climbs_out_refuses_the_archive(tmp_path, name: str):
    assert "outside its folder" in refusal(make_tar(tmp_path / "a.tar", {"good.png": b"x", name: b"x"}))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0}, "symbolic link: not followed"),
        ({"type": tarfile.LNKTYPE, "linkname": "1.png", "size": 0}, "hard link: not followed"),
        ({"type": tarfile.CHRTYPE, "size": 0}, "not a file: a device, a pipe or a socket"),
        ({"type": tarfile.FIFOTYPE, "size": 0}, "not a file: a device, a pipe or a socket"),
        ({"name": "/etc/2.png"}, "an address of another computer, not a name below the TAR's folder"),
        ({"name": "x" * 300 + ".png"}, "unusable name: a part of it is longer than 255 bytes"),
    ],
)
def test_an_odd_entry_is_passed_over_with_its_reason(tmp_path, fields: dict[str, Any], reason: str):
    file = make_tar(tmp_path / "a.tar", {"1.png": b"one", "2.png": b"two"}, **fields)
    list(unpack(file, tmp_path / "set"))
    assert [path.name for path in (tmp_path / "set").rglob("*")] == ["1.png"]
    assert [problem.reason for problem in passed_over(file)] == [reason]


def test_rights_and_owners_of_entries_are_not_taken_over(tmp_path):
    list(unpack(make_tar(tmp_path / "a.tar", {"1.png": b"one"}, mode=0o4777, uid=0), tmp_path / "set"))
    assert not (tmp_path / "set" / "1.png").stat().st_mode & 0o4111


def test_a_bomb_is_refused_before_anything_comes_out(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM_BYTES", 2**20)
    assert "made to fill a disk" in refusal(make_tar(tmp_path / "a.tgz", {"1.png": bytes(2**22)}, "w:gz"))


def test_a_header_made_to_fill_the_memory_is_refused(tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**30
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**12)))
    assert "longer than any header" in refusal(tmp_path / "a.tar.gz")


def test_a_chain_of_headers_without_end_is_refused(tmp_path):
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 0
    (tmp_path / "a.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) * 5_000)
    assert "a.tar" in refusal(tmp_path / "a.tar")


@pytest.mark.parametrize(
    "content", [b"", b"this is no archive" * 100, b"\x1f\x8b" + bytes(600), b"\xfd7zXZ\0" + bytes(9)]
)
def test_a_file_that_is_no_archive_is_refused_in_words(tmp_path, content: bytes):
    (tmp_path / "a.tar.gz").write_bytes(content)
    assert "a.tar.gz" in refusal(tmp_path / "a.tar.gz")


@pytest.mark.parametrize("name", ENDINGS)
def test_a_truncated_archive_is_refused(tmp_path, name: str):
    file = make_tar(tmp_path / name, {"1.png": os.urandom(9_000), "2.png": os.urandom(9_000)}, ENDINGS[name])
    file.write_bytes(file.read_bytes()[:12_000])
    assert "damaged" in refusal(file)


def test_closing_leaves_nothing_behind(tmp_path):
    file = make_tar(tmp_path / "a.tar", {f"{i}.png": b"x" for i in range(40)})
    steps = unpack(file, tmp_path / "set")
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == [file]
