"""Decoding in a process apart: a decoder that crashes on a hostile file, or never comes back, takes nobody with it."""

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

import numpy as np

from vabal_core.images.raster import Raster
from vabal_core.images.unreadable import Unreadable

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "vabal_core.images.apart")
MAX_SECONDS = 120.0  # for one file: 100 million pixels take some 5
PROCESSES = 2  # at once; each takes some 50 MB while it waits
MAX_BYTES_KEPT = 2**27  # of an image, by a process that is kept

Process = subprocess.Popen[bytes]

_turn = threading.BoundedSemaphore(PROCESSES)
_idle: "LifoQueue[Process]" = LifoQueue()


def read_apart(kind: str, source: Path | bytes) -> Raster:
    """The image of a file of the format `kind` ("TIFF" or one of codecs.DECODERS). `Unreadable` with the reason, also
    where the decoder has crashed or has taken longer than MAX_SECONDS."""
    with _turn:
        process = _take()
        late = threading.Event()
        timer = threading.Timer(MAX_SECONDS, lambda: (late.set(), process.kill()))
        timer.start()
        try:
            answer = _ask(process, kind, source)
        except (OSError, ValueError) as error:
            _end(process)
            raise Unreadable(
                f"damaged: its decoder took longer than {MAX_SECONDS:.0f} seconds"
                if late.is_set()
                else "damaged: its decoder crashed"
            ) from error
        except BaseException:
            _end(process)
            raise
        finally:
            timer.cancel()
        if isinstance(answer, Raster) and answer.values.nbytes > MAX_BYTES_KEPT:
            _end(process)  # what a large image took is given back with its process alone
        else:
            _idle.put(process)
    if isinstance(answer, str):
        raise Unreadable(answer)
    return answer


def _take() -> Process:
    """A process that waits, or a new one."""
    with suppress(Empty):
        while process := _idle.get_nowait():
            if process.poll() is None:
                return process
            _end(process)
    return subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )


def _ask(process: Process, kind: str, source: Path | bytes) -> Raster | str:
    """The image, or the reason why there is none. OSError or ValueError where the process has ended."""
    content = source if isinstance(source, bytes) else b""
    where = {"bytes": len(source)} if isinstance(source, bytes) else {"path": os.path.abspath(source)}
    process.stdin.write(json.dumps({"format": kind} | where).encode() + b"\n" + content)
    process.stdin.flush()
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise ValueError("the process ended before it answered")
    answer = json.loads(line)
    return answer["reason"] if "reason" in answer else _raster(process, answer)


def _raster(process: Process, answer: dict[str, Any]) -> Raster:
    shape = tuple(answer["shape"])
    values = _array(process, shape, np.dtype(answer["type"]))
    alpha = _array(process, shape[:2], np.dtype(np.uint8)) if answer["alpha"] else None
    return Raster(values=values, alpha=alpha, inverted=answer["inverted"], remark=answer["remark"])


def _array(process: Process, shape: tuple[int, ...], kind: np.dtype) -> np.ndarray:
    content = process.stdout.read(int(np.prod(shape)) * kind.itemsize)
    return np.frombuffer(content, kind).reshape(shape)


@atexit.register
def _end_idle() -> None:
    with suppress(Empty):
        while True:
            _end(_idle.get_nowait())


def _end(process: Process) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            pipe.close()
