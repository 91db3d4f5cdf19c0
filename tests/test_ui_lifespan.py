"""What the server does once at its start: away with leftovers, quick answers on its sockets."""

import asyncio
import os
import socket
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from vabal_core import workspace
from vabal_core.ui.app.lifespan import lifespan, send_at_once


def test_connections_to_the_server_send_small_answers_at_once():
    with socket.socket() as listening, socket.socket() as other:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        send_at_once()
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not other.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_server_that_starts_removes_what_killed_ones_have_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(workspace, "devices_so_far", lambda: "CPU")
    monkeypatch.setattr(workspace, "demo_is_wanted", lambda ws: False)
    upload = tmp_path / "uploads" / "0123.zip"
    upload.parent.mkdir()
    upload.touch()
    os.utime(upload, (0, 0))
    swept, sweep = Flag(), workspace.sweep
    monkeypatch.setattr(workspace, "sweep", lambda ws: (sweep(ws), swept.set()))

    async def serve() -> None:
        async with lifespan(None):
            pass

    # A thread of its own: where browser tests ran before, this one has an event loop under way.
    server = Thread(target=asyncio.run, args=(serve(),))
    server.start()
    server.join()
    assert swept.wait(30) and not upload.exists()
