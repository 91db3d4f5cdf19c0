"""What the server does once, when it starts: open the workspace, mend what a crash left, make the demo project."""

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

from starlette.concurrency import run_in_threadpool

from vabal_core import workspace
from vabal_core.ui.app.background import start_job
from vabal_core.ui.app.studio import studio

DEMO = "demo"


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    ws = await run_in_threadpool(studio)
    workspace.recover(ws)
    if workspace.demo_is_wanted(ws):
        start_job(DEMO, workspace.ensure_demo(ws, workspace.STUDIO))
    # Asking what rounds compute on takes seconds, once: the Rounds page should not have to wait for it.
    Thread(target=workspace.devices, daemon=True).start()
    send_at_once()
    # The modules loaded so far live as long as the server: collecting garbage need not look at them again.
    gc.freeze()
    yield


def send_at_once() -> None:
    """Have the listening sockets' connections send small answers at once (TCP_NODELAY): Streamlit leaves that off, and
    each answer to a label would wait some 40 ms. Call it before `gc.freeze`, which hides the sockets."""
    for found in gc.get_objects():
        if type(found) is socket.socket and found.fileno() >= 0 and _listens(found):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listens(found: socket.socket) -> bool:
    over_tcp = found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM
    return over_tcp and bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
