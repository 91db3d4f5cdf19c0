"""What runs the Studio on a server names what the code reads, copies what is there, grants no more than needed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?-[\w.-]+$")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# Logical lines of the Dockerfile, as (instruction, rest).
LINES = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text()).splitlines()
    if line and not line.startswith("#")
]


def of(instruction: str) -> list[str]:
    return [rest for name, rest in LINES if name == instruction]


def variables_read() -> set[str]:
    code = [*(ROOT / "vabal_core").rglob("*.py"), ROOT / "app.py"]
    return {name for file in code for name in re.findall(r"VABAL_[A-Z_]+", file.read_text(encoding="utf-8"))}


def test_the_image_copies_what_is_there_and_nothing_that_is_ignored():
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    sent = [line[1:].split("/")[0] for line in ignored if line.startswith("!")]
    for copied in of("COPY"):
        for source in copied.split()[:-1]:
            assert (ROOT / source).exists() and source in sent, source
    assert {"app.py", "pages", "vabal_core", ".streamlit", "requirements.txt"} == {
        source for copied in of("COPY") for source in copied.split()[:-1]
    }


def test_every_variable_that_is_set_is_one_that_the_code_reads():
    text = "".join(file.read_text() for file in DEPLOY.iterdir() if file.is_file())
    assert set(re.findall(r"VABAL_[A-Z_]+", text)) <= variables_read()
    assert "VABAL_HOSTS" in SERVICES["studio"]["environment"] and "VABAL_LOGIN" in SERVICES["studio"]["environment"]


def test_images_are_of_named_versions():
    images = [*of("FROM"), *(service["image"] for service in SERVICES.values() if "image" in service)]
    assert [image for image in images if not PINNED.fullmatch(image)] == []
    python = re.search(r"python:(\d+\.\d+)", of("FROM")[0])[1]
    assert f"Python {python}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_nobody_is_root_and_nothing_is_written_but_volumes():
    assert of("USER")[0].split(":")[0] != "0" and of("USER")[0] != "root"
    for name in ("studio", "proxy"):
        service = SERVICES[name]
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
    assert all("no-new-privileges:true" in service["security_opt"] for service in SERVICES.values())
    assert "ports" not in SERVICES["studio"] and "ports" not in SERVICES["database"]


def test_health_is_asked_for_where_the_studio_says_it():
    assert "/healthz" in of("HEALTHCHECK")[0] and "health_uri /healthz" in (DEPLOY / "Caddyfile").read_text()
    assert SERVICES["studio"]["depends_on"]["database"]["condition"] == "service_healthy"
    port = of("EXPOSE")[0]
    assert f"127.0.0.1:{port}/" in of("HEALTHCHECK")[0] and f"studio:{port}" in (DEPLOY / "Caddyfile").read_text()
    # The proxy asks under this name when it looks whether the Studio is well.
    assert SERVICES["studio"]["environment"]["VABAL_HOSTS"].endswith(",studio")


def test_no_secret_stands_in_a_file_or_in_the_environment():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET|DATABASE_URL", name) or name.endswith("_FILE"), name
            assert "://" not in value
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())
    assert "deploy/secrets/" in ignored


def test_volumes_that_are_mounted_are_declared_or_there():
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith("./") else source in COMPOSE["volumes"], volume


def test_the_image_starts_what_the_readme_starts():
    command = yaml.safe_load(of("CMD")[0])
    assert command[:3] == ["streamlit", "run", "app.py"]
    unit = (DEPLOY / "vabal.service").read_text()
    assert shlex.split(re.search("ExecStart=(.*)", unit)[1])[1:] == command[1:3]


def test_docker_reads_the_compose_file(tmp_path: Path):
    command = ["docker", "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    if shutil.which("docker") is None or subprocess.run([*command[:2], "version"], capture_output=True).returncode:
        pytest.skip("docker compose is missing")
    environment = os.environ | {"STUDIO_NAME": "studio.plant.example", "DOCKER_CONFIG": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_systemd_reads_the_unit(tmp_path: Path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing")
    text = (DEPLOY / "vabal.service").read_text().replace("/opt/vabal/.venv/bin/streamlit", sys.executable)
    unit = tmp_path / "vabal.service"
    unit.write_text(text.replace("WorkingDirectory=/opt/vabal", f"WorkingDirectory={tmp_path}"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "vabal.service" in line]
    assert ours == [], done.stderr
