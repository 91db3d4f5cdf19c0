"""Somebody who labels from another computer: what their browser asks of the server, not what it does itself."""

import http.client
import itertools
import json
import time
from collections.abc import Mapping
from typing import Any, Self

from common.studio import Studio
from vabal_core import workspace
from vabal_core.ui.signing import Session, secret, session_token

BREATH, AHEAD = 0.25, 40  # as the desk has it: seconds from one request to the next, images fetched ahead
IDLE = 2  # seconds after which a connection may be about to be closed by the server


class RemoteDesk:
    """A desk without a screen. `presses` are the labels given so far, as the probe of a tab tells them."""

    def __init__(self, studio: Studio, project_id: int, classes: Mapping[str, int], name: str = "RemoteDesk") -> None:
        ws = workspace.open_workspace(studio.data, studio.database.get("VABAL_DATABASE_URL"))
        session = Session(database=workspace.database_identity(ws), name=name, project_id=project_id)
        token = session_token(secret(studio.data), session)
        self.name = name
        self.headers = {"X-Studio-Token": token, "Content-Type": "application/json"}
        self.server = http.client.HTTPConnection("127.0.0.1", studio.port)
        self.classes = itertools.cycle(classes.items())
        self.queue: list[int] = []
        self.presses: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []
        self.asked = 0.0
        self.acknowledged: list[float] = []  # milliseconds from sending labels to the answer that names them

    def __enter__(self) -> Self:
        self.exchange()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    def press(self, count: int, pace: float) -> None:
        """Labels `count` images, `pace` a second; those of a quarter of a second travel in one request."""
        due = sent = time.monotonic()
        for _ in range(count):
            self.label()
            if time.monotonic() - sent >= BREATH:
                sent = time.monotonic()
                self.exchange()
            due += 1 / pace
            self.rest(due - time.monotonic())
        self.exchange()

    def rest(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))

    def label(self) -> None:
        image, (key, class_id) = self.queue.pop(0), next(self.classes)
        event_id = f"{self.name}-{len(self.presses)}"
        self.waiting.append({"event_id": event_id, "image_id": image, "kind": "label", "class_id": class_id})
        self.presses.append({"image": image, "pictured": image, "key": key, "event": event_id})

    def exchange(self) -> None:
        """Sends what waits, and fetches the images that come back."""
        want = AHEAD - len(self.queue)
        request = {"desk": "remote", "queue": "ranked", "events": self.waiting, "have": self.queue, "want": want}
        if time.monotonic() - self.asked > IDLE:
            self.server.close()  # before the server does; the request opens it again
        began = time.monotonic()
        answer = json.loads(self.ask("POST", "/api/labels", json.dumps(request)))
        self.acknowledged += [1000 * (time.monotonic() - began)] * len(answer["stored"])
        self.waiting = []
        for item in answer["items"]:
            self.ask("GET", item["url"])
            self.queue.append(item["id"])
        self.asked = time.monotonic()

    def ask(self, method: str, address: str, body: str | None = None) -> bytes:
        """The answer's bytes; RuntimeError where the server refuses."""
        self.server.request(method, address, body, self.headers)
        answer = self.server.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{method} {address}: {answer.status} {content[:200]!r}")
        return content
