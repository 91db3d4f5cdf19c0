"""Signed tokens: who labels in which project, and which image addresses this server has handed out.

The secret lies in the data folder, so that a page left open goes on working after the server was restarted.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_urlsafe

from itsdangerous import BadSignature, Signer, URLSafeSerializer

from vabal_core.types import StudioError

SECRET_FILE = "secret"
UNNAMED = "unnamed"


@dataclass(frozen=True)
class Person:
    """Who sends a label, and the one project the token was made for."""

    project_id: int
    name: str


@lru_cache(maxsize=8)
def secret(data_dir: Path) -> str:
    """The server's secret, made on first use and readable by its owner alone (mode 0600)."""
    path = data_dir / SECRET_FILE
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        found = path.read_text(encoding="ascii").strip()
        if not found:
            raise StudioError(f"The secret in {path} is empty. Delete that file and start the Studio again.") from None
        return found
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        made = token_urlsafe(32)
        file.write(made)
    return made


def studio_id(key: str) -> str:
    """A short public name of this installation: labels kept in a browser go back to no other."""
    return Signer(key, salt="studio").get_signature(b"studio").decode()[:12]


def person_token(key: str, person: Person) -> str:
    return URLSafeSerializer(key, salt="person").dumps([person.project_id, person.name])


def read_person(key: str, token: str) -> Person:
    """The person of a token; StudioError for one this server did not make."""
    try:
        project_id, name = URLSafeSerializer(key, salt="person").loads(token)
    except BadSignature:
        raise StudioError("This page was opened on another Studio. Reload it.") from None
    return Person(project_id, name)


def _image_signature(key: str, project_id: int, image_id: int, size: str) -> str:
    return Signer(key, salt="image").get_signature(f"{project_id}/{image_id}/{size}".encode()).decode()


def image_url(key: str, project_id: int, image_id: int, fingerprint: str, size: str) -> str:
    """Address of an image: the same at every visit (browsers may keep it), another one when the content changes."""
    signature = _image_signature(key, project_id, image_id, size)
    return f"/api/images/{image_id}/{size}?project={project_id}&version={fingerprint[:12]}&signature={signature}"


def image_allowed(key: str, project_id: int, image_id: int, size: str, signature: str) -> bool:
    signer = Signer(key, salt="image")
    return signer.verify_signature(f"{project_id}/{image_id}/{size}".encode(), signature)


def export_url(key: str, project_id: int) -> str:
    """Address of a project's labels as CSV."""
    return f"/api/exports/{project_id}?signature={_export_signer(key).get_signature(str(project_id).encode()).decode()}"


def export_allowed(key: str, project_id: int, signature: str) -> bool:
    return _export_signer(key).verify_signature(str(project_id).encode(), signature)


def _export_signer(key: str) -> Signer:
    return Signer(key, salt="export")
