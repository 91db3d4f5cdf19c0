"""Messages that are lost, repeated and mixed up end in the right labels: a small run of benchmarks/label_log.py."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from vabal_core import workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from common.label_messages import browsers  # noqa: E402  (the scripts of benchmarks/ are no package)

FEW = settings(
    max_examples=6, stateful_step_count=12, deadline=None, database=None, derandomize=True,
    phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_any_order_repetition_and_loss_of_messages_ends_in_the_right_labels(tmp_path: Path) -> None:
    arrived: list[int] = []
    run_state_machine_as_test(
        browsers(workspace.open_workspace(tmp_path), images=20, burst=40, told=arrived.append), settings=FEW
    )
    assert sum(arrived) > 100, "what hypothesis chose was hardly anything"
