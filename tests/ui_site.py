"""A Studio that answers HTTP requests in the test's own process, with one person who labels in one project."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from ui_projects import steel_project

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.addresses import image_url
from vabal_core.ui.api import ROUTES
from vabal_core.ui.app.failures import Failures
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, secret, session_token


@dataclass(frozen=True, kw_only=True)
class Site:
    client: TestClient
    ws: workspace.Workspace
    project: Project
    token: str

    def post(self, *events: dict[str, Any], token: str | None = None, **more: Any) -> Any:
        body = {"queue": "ranked", "events": events, "have": [], "want": 5, **more}
        return self.client.post("/api/labels", content=dumps(body), headers={"X-Studio-Token": token or self.token})

    @property
    def classes(self) -> list[int]:
        return [defect_class.id for defect_class in workspace.classes(self.ws, self.project.id)]

    def counts(self) -> dict[int, int]:
        return dict(workspace.counts(self.ws, self.project.id).pool)

    def url(self, image_id: int, size: str = "full") -> str:
        fingerprint = workspace.image(self.ws, image_id).fingerprint
        return image_url(secret(self.ws.data_dir), self.session(), image_id, fingerprint, size, "")

    def session(self, name: str = "Ann", **more: Any) -> Session:
        return session_of(self.ws, self.project.id, name, **more)


def session_of(ws: workspace.Workspace, project_id: int, name: str, began: float = 0.0) -> Session:
    """Of somebody who opened a page of this project."""
    database = workspace.database_identity(ws)
    return Session(database=database, name=name, began=began, project_id=project_id)


def site_of(tmp_path: Path, client: TestClient, name: str) -> Site:
    ws = studio()
    project = steel_project(ws, tmp_path / name, name=name)
    token = session_token(secret(ws.data_dir), session_of(ws, project.id, "Ann"))
    return Site(client=client, ws=ws, project=project, token=token)


@contextmanager
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The routes of a new Studio in `tmp_path`."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    with TestClient(Starlette(routes=ROUTES, middleware=[Middleware(Failures)])) as client:
        yield client


def label(image_id: int, class_id: int, event_id: str = "e1") -> dict[str, Any]:
    return {"event_id": event_id, "image_id": image_id, "kind": "label", "class_id": class_id, "milliseconds": 800}
