"""An experiment on a Ray cluster of two workers leaves what it leaves on one machine."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from experiments import experiment, folders, play, without_clock, write_source
from long_work import finish

from vabal_core.experiment.folders import write_plan
from vabal_core.experiment.on_ray import ADDRESS, play_on_ray
from vabal_core.experiment.results import read_rows
from vabal_core.experiment.simulate import simulate
from vabal_core.types import StudioError


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return write_source(tmp_path_factory.mktemp("source"))


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of a cluster of two machines of one core each."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    yield nodes.address
    nodes.shutdown()


def test_the_cluster_leaves_the_rows_that_this_machine_would(source, tmp_path, monkeypatch, cluster):
    monkeypatch.setenv(ADDRESS, cluster)
    out = tmp_path / "out"
    write_plan(out, experiment(source))
    standing, events = finish(simulate(folders(source, out), play_on_ray, 1))
    assert (standing.runs_done, dict(standing.failures)) == (4, {})
    monkeypatch.delenv(ADDRESS)
    alone = play(source, tmp_path / "alone").out
    assert without_clock(read_rows(out)).equals(without_clock(read_rows(alone)))


def test_a_cluster_that_is_not_there_is_said_in_words(source, tmp_path, monkeypatch):
    pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
    monkeypatch.setenv(ADDRESS, "127.0.0.1:1")
    with pytest.raises(StudioError, match="cluster at 127.0.0.1:1 cannot be reached"):
        finish(play_on_ray(folders(source, tmp_path), 1))


def test_without_ray_the_command_says_what_to_install(source, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv(ADDRESS, "127.0.0.1:1")
    with pytest.raises(StudioError, match="install requirements-ray.txt"):
        finish(play_on_ray(folders(source, tmp_path), 1))
