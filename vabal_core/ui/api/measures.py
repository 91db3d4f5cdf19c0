"""What the server counts of itself for a monitor (Prometheus): numbers alone, no name of a project, person or image."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.app.studio import studio

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

registry = CollectorRegistry()
decisions = Counter(
    "vabal_decisions",
    "Decisions that desks sent and that are stored, by kind; sent again, counted again.",
    ["kind"],
    registry=registry,
)
answers = Histogram("vabal_answer_seconds", "From a desk's request to its answer.", buckets=SECONDS, registry=registry)


class Projects(Collector):
    """Images of each project by split and state, and whether a round runs: read when somebody asks."""

    def collect(self) -> Iterator[Metric]:
        images = GaugeMetricFamily("vabal_images", "Images, by project.", labels=["project", "split", "state"])
        running = GaugeMetricFamily("vabal_round_running", "1 while a round runs.", labels=["project"])
        reachable = GaugeMetricFamily("vabal_database_reachable", "1 where the database can be read.", value=1)
        try:
            for project_id, states, is_running in workspace.every_project_counted(studio()):
                for (split, state), count in states.items():
                    images.add_metric([str(project_id), split, state], count)
                running.add_metric([str(project_id)], int(is_running))
        except StudioError:
            reachable = GaugeMetricFamily("vabal_database_reachable", "1 where the database can be read.", value=0)
        yield from (images, running, reachable)


registry.register(Projects())
