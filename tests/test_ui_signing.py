"""Tokens and signed addresses: what the server handed out is let in, everything else is not."""

import stat
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.signing import Session, read_session, secret, session_token

# A server that tells the secret of each folder that it is asked about.
SERVER = """
import sys
from pathlib import Path
from vabal_core.ui.signing import secret
for line in sys.stdin:
    print(secret(Path(line.strip())), flush=True)
"""


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
    # Not by multiprocessing: that would run the page again which AppTest has left as "__main__".
    servers = [subprocess.Popen([sys.executable, "-c", SERVER], stdin=PIPE, stdout=PIPE, text=True) for _ in range(2)]
    secrets = [[], []]
    for i in rounds:
        for server in servers:
            print(tmp_path / str(i), file=server.stdin, flush=True)
        for server, its_own in zip(servers, secrets, strict=True):
            its_own.append(server.stdout.readline())
    for server in servers:
        server.communicate()
    assert secrets[0] == secrets[1]
    assert len(set(secrets[0])) == len(rounds)
