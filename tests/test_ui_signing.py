"""Tokens and signed addresses: what the server handed out is let in, everything else is not."""

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.signing import Session, image_allowed, image_url, read_session, secret, session_token, studio_id


def test_a_token_names_its_person_and_project():
    assert read_session("key", session_token("key", Session(3, workspace.person("Åsa")))) == Session(
        3, workspace.person("Åsa")
    )


def test_a_token_of_another_studio_is_refused():
    with pytest.raises(StudioError, match="Reload"):
        read_session("key", session_token("other key", Session(3, workspace.person("Åsa"))))


def test_a_changed_token_is_refused():
    token = session_token("key", Session(3, workspace.person("Åsa")))
    with pytest.raises(StudioError):
        read_session("key", token[:-1] + ("a" if token[-1] != "a" else "b"))


def test_the_secret_outlives_the_process_and_is_its_owners_alone(tmp_path: Path):
    made = secret(tmp_path)
    secret.cache_clear()
    assert secret(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("fails", ["token_urlsafe", "os.fsync", "os.replace"])
def test_a_crash_while_the_secret_is_made_leaves_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
):
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(f"vabal_core.ui.signing.{fails}", crash)
        with pytest.raises(KeyboardInterrupt):
            secret(tmp_path)
    assert not (tmp_path / "secret").exists()
    assert len(secret(tmp_path)) == 43
    assert {file.name for file in tmp_path.iterdir()} <= {"secret", "secret.lock"}


@pytest.mark.parametrize("left", [b"", b"\n", bytes(43)])
def test_a_file_that_never_held_a_secret_makes_way_for_one(tmp_path: Path, left: bytes):
    (tmp_path / "secret").write_bytes(left)
    made = secret(tmp_path)
    assert len(made) == 43
    secret.cache_clear()
    assert secret(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_damaged_secret_is_named_and_left_as_it_is(tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(StudioError, match=r"secret is damaged: 2 bytes .* delete it"):
        secret(tmp_path)
    assert (tmp_path / "secret").read_bytes() == b"\xff\xfe"


def test_servers_that_start_at_once_agree_on_the_secret(tmp_path: Path):
    rounds = range(20)
    for i in rounds:
        (tmp_path / str(i)).mkdir()
        if i % 2:
            (tmp_path / str(i) / "secret").touch()  # as a crash of an older version left it
    context = get_context("spawn")
    barrier = context.Barrier(2)
    with ProcessPoolExecutor(2, mp_context=context, initializer=meet_at, initargs=(barrier,)) as servers:
        made = [servers.submit(secrets_of, [tmp_path / str(i) for i in rounds]) for _ in range(2)]
        first, second = (server.result() for server in made)
    assert first == second
    assert len(set(first)) == len(rounds)


def meet_at(barrier: Barrier) -> None:
    global together
    together = barrier


def secrets_of(folders: list[Path]) -> list[str]:
    """The secrets of the folders as a server of its own sees them; both servers go from folder to folder together."""
    secrets = []
    for folder in folders:
        together.wait(timeout=60)
        secrets.append(secret(folder))
    return secrets


def test_the_name_of_a_studio_does_not_tell_its_secret():
    assert studio_id("key") == studio_id("key") != studio_id("other key")
    assert "key" not in studio_id("key")


def test_an_image_address_stays_the_same_so_that_browsers_keep_the_image():
    assert image_url("key", 1, 2, "abc", "full") == image_url("key", 1, 2, "abc", "full")


@pytest.mark.parametrize(("project", "image", "size"), [(2, 2, "full"), (1, 3, "full"), (1, 2, "thumbnail")])
def test_a_signature_fits_one_image_of_one_project_in_one_size(project: int, image: int, size: str):
    signature = image_url("key", 1, 2, "abc", "full").rpartition("signature=")[2]
    assert image_allowed("key", 1, 2, "full", signature)
    assert not image_allowed("key", project, image, size, signature)
