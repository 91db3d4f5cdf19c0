"""Every way to learn from its first label to a ranking, by the learner's own process, which may not use the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from long_work import result_of
from ui_projects import TINY, learnable
from workspaces import ANN

from vabal_core import workspace
from vabal_core.loop.resident import IDLE

SMALL = {"image_size": 32, "vae_epochs": 1, "vae_least_steps": 0, "draws": 2}
PRESETS = {
    "interactive": SMALL,
    "thorough": SMALL | {"epochs": 1, "batch_size": 4},
    "paper": TINY,
}
NO_NETWORK = """
import sys
from pathlib import Path
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        Path({log!r}).open("a").write(f"{{event}} {{arguments}}")
        raise PermissionError("no network here")
sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the processes started during these tests have requests of the network; each try fails."""
    site = tmp_path_factory.mktemp("site")
    log = site / "asked of the network"
    (site / "sitecustomize.py").write_text(NO_NETWORK.format(log=str(log)))
    IDLE.end()  # one that started before may do what it likes
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("PYTHONPATH", str(site))
        yield log
    IDLE.end()


@pytest.mark.usefixtures("shared_learner")
@pytest.mark.parametrize("preset", PRESETS)
def test_a_round_ranks_every_image_without_a_label_and_asks_nothing_of_the_network(tmp_path, requests, preset):
    ws, project_id = learnable(tmp_path)
    rounds = workspace.run_round(ws, ANN, project_id, preset=preset, batch=3, overrides=PRESETS[preset])
    ended = result_of(rounds)
    assert (ended.state, ended.message) == ("done", "")
    queue = workspace.next_images(ws, project_id, "ranked", count=50)
    assert [item.rank for item in queue] == [1, 2, 3, 4, 5, 6]
    assert all(item.predicted for item in queue)
    assert not requests.exists()
