"""A server that listens at every address asks nothing of the outside: not at its start, nor when strangers knock."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Runs before anything else in the server's process and writes down every address that it connects to or looks up.
WATCH = """
import os, socket
file = open(os.environ["WATCHED"], "a", buffering=1)
file.write("None\\n")  # it is watched
connect, look_up = socket.socket.connect, socket.getaddrinfo
def connected(self, address):
    file.write(f"{address!r}\\n")
    return connect(self, address)
def looked_up(host, *rest, **more):
    file.write(f"{host!r}\\n")
    return look_up(host, *rest, **more)
socket.socket.connect, socket.getaddrinfo = connected, looked_up
"""
KNOCK = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """(port, file of the addresses) of a Studio that listens at 0.0.0.0."""
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    watched = tmp_path / "addresses"
    watched.touch()
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "WATCHED": str(watched),
        "VABAL_DATA_DIR": str(tmp_path / "data"),
        "VABAL_LOGIN": "local",
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    process = subprocess.Popen([*command, "--server.address", "0.0.0.0"], cwd=ROOT, env=environment)
    try:
        yield port, watched
    finally:
        process.kill()
        process.wait()


def knock(port: int, host: str, origin: str) -> str:
    """The first line of the answer to somebody who wants a socket."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(KNOCK.format(host=host, origin=origin).encode())
        return connection.recv(4096).decode("latin-1").splitlines()[0]


def wait_until_it_answers(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError


def test_no_address_outside_is_asked_for(server: tuple[int, Path]):
    port, watched = server
    wait_until_it_answers(port)
    own = f"{socket.gethostname().lower()}:{port}"
    assert "403" in knock(port, own, "http://evil.example")
    assert "403" in knock(port, f"evil.example:{port}", f"http://evil.example:{port}")  # bent to this machine
    assert "101" in knock(port, own, f"http://{own}")
    addresses = watched.read_text().splitlines()
    assert addresses, "nothing was watched"
    assert [line for line in addresses if not is_here(line)] == []


def is_here(line: str) -> bool:
    """Whether an address is of this machine, or of a file."""
    return any(mark in line for mark in ("'127.", "'::1'", "'localhost'", "'0.0.0.0'", "'/", "None"))
