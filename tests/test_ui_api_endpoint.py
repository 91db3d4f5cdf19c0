"""How much a request may say before anything is made of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request

from vabal_core.ui.api.endpoint import MAX_POST_BYTES, read_body


def read(request: Request) -> bytes | None:
    """In a thread of its own: where browser tests ran before, this one has an event loop under way."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, read_body(request)).result()


def pieces(count: int, size: int):
    """A request that sends so many pieces, and how many were taken of it."""
    taken = []

    async def receive():
        taken.append(len(taken) + 1)
        return {"type": "http.request", "body": b"x" * size, "more_body": len(taken) < count}

    return Request({"type": "http", "method": "POST", "headers": []}, receive), taken


def test_a_body_is_read_whole_up_to_its_limit_and_no_further_than_that():
    request, _ = pieces(4, MAX_POST_BYTES // 4)
    assert len(read(request)) == MAX_POST_BYTES
    request, taken = pieces(1_000, MAX_POST_BYTES // 4)
    assert read(request) is None
    assert len(taken) == 5, "the rest is never asked for"
