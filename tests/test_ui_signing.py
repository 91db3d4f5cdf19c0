"""Tokens and signed addresses: what the server handed out is let in, everything else is not."""

import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from vabal_core.types import Account, NotAllowed, NotSignedIn, StudioError
from vabal_core.ui.addresses import image_url, session_of_address
from vabal_core.ui.signing import (
    Session,
    invitation,
    read_cookie,
    read_invitation,
    read_session,
    secret,
    session_cookie,
    session_token,
)

# A server that tells the secret of each folder that it is asked about.
SERVER = """
import sys
from pathlib import Path
from vabal_core.ui.signing import secret
for line in sys.stdin:
    print(secret(Path(line.strip())), flush=True)
"""


HERE = Session(database="here", name="Åsa", began=1.5, project_id=3)
NOW = datetime(2026, 5, 1, 12, 30, 0, 123456, tzinfo=UTC)
INVITED = Account(id=1, name="Åsa", role="labeller", subject=None, has_password=False, created_at=NOW, invited_at=NOW)


def test_a_token_names_its_person_and_project():
    assert read_session("key", "here", session_token("key", HERE)) == HERE
    assert read_cookie("key", "here", session_cookie("key", HERE)) == replace(HERE, project_id=0)
    assert read_invitation("key", "here", invitation("key", "here", INVITED)) == ("Åsa", NOW)


@pytest.mark.parametrize(
    ("read", "token"),
    [
        (read_session, session_token("key", HERE)),
        (read_cookie, session_cookie("key", HERE)),
        (read_invitation, invitation("key", "here", INVITED)),
    ],
)
def test_what_another_studio_made_or_somebody_changed_or_that_is_of_another_database_is_refused(read: Any, token: str):
    changed = token[:-1] + ("a" if token[-1] != "a" else "b")
    for key, database, wrong in (("other", "here", token), ("key", "here", changed), ("key", "elsewhere", token)):
        with pytest.raises(NotSignedIn):
            read(key, database, wrong)
    for other in {read_session, read_cookie, read_invitation} - {read}:
        with pytest.raises(NotSignedIn):
            other("key", "here", token)  # made for another purpose


def test_an_address_belongs_to_its_session_and_opens_what_was_signed_alone():
    url = image_url("key", HERE, 7, "f" * 20, "full", "")
    path, _, query = url.partition("?")
    assert session_of_address("key", "here", f"/base{path}", query) == HERE
    assert session_of_address("key", "here", path, f"{query}&path=more") == HERE
    wrong = [
        ("key", "elsewhere", path, query),
        ("other", "here", path, query),
        ("key", "here", path.replace("7", "8"), query),
        ("key", "here", path, query.replace("began=1.5", "began=9.5")),
        ("key", "here", path, query.replace("person=", "person=x")),
        ("key", "here", path, query.replace("project=3", "project=4")),
        ("key", "here", path, f"extra=1&{query}"),
        ("key", "here", path, query.partition("&signature")[0]),
    ]
    for arguments in wrong:
        with pytest.raises(NotAllowed, match="was not made by this Studio"):
            session_of_address(*arguments)


def test_an_address_is_the_same_throughout_a_session_and_for_everybody_where_nobody_signs_in():
    first, again = (image_url("key", HERE, 7, "f" * 20, "full", "") for _ in range(2))
    assert first == again != image_url("key", replace(HERE, began=2.5), 7, "f" * 20, "full", "")
    anybody = [image_url("key", replace(HERE, began=0.0, name=name), 7, "f" * 20, "full", "") for name in ("a", "b")]
    assert anybody[0] == anybody[1]


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
