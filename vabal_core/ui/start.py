"""What the server does once, when it starts: open the workspace, mend what a crash left, make the demo project."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

from starlette.concurrency import run_in_threadpool

from vabal_core import workspace
from vabal_core.ui.jobs import start_job
from vabal_core.ui.studio import studio

DEMO = "demo"


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    ws = await run_in_threadpool(studio)
    workspace.recover(ws)
    if not workspace.projects(ws):
        start_job(DEMO, workspace.ensure_demo(ws))
    # Asking what rounds compute on takes seconds, once: the Rounds page should not have to wait for it.
    Thread(target=workspace.devices, daemon=True).start()
    # The modules loaded so far live as long as the server: collecting garbage need not look at them again.
    gc.freeze()
    yield
