"""What an experiment can be run on: the labels given in a project, a folder of labelled images, published data sets."""

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vabal_core.experiment.source import Source, labelled_source, test_count
from vabal_core.experiment.sources import open_source
from vabal_core.images.demo import demo_set
from vabal_core.images.ingest.table_file import TABLE_SUFFIXES
from vabal_core.images.side import MIN_SIDE, side_of_files
from vabal_core.store.labels import current_labels
from vabal_core.types import Actor, NotFound, Progress, Project, StudioError
from vabal_core.workspace.features import side_of
from vabal_core.workspace.import_roots import list_import_roots, require_within
from vabal_core.workspace.labelling import counts
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import classes, require_project
from vabal_core.workspace.round_task import images_to_learn
from vabal_core.workspace.scale import project_scale
from vabal_core.workspace.workspace import Workspace

SourceKind = Literal["labels", "path", "demo", "digits", "cifar10"]

IMAGES = "experiment-images"  # folder of the data folder: what is unpacked, drawn or downloaded for experiments
MIN_LABELS = 50  # to replay: of fewer, a fifth to measure on and a few to begin with leave nothing to choose
MIN_OF_A_CLASS = 5  # labels that two classes need
MIN_TEST = 20  # labelled evaluation images: fewer tell nothing, and a fifth of the labels is drawn instead
SUFFIXES = (".zip", *TABLE_SUFFIXES, ".parquet")

DIGITS = dict(zip("0123456789", (178, 182, 177, 183, 181, 182, 181, 179, 174, 180), strict=True))
CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class ExperimentSource:
    """Labelled images to run an experiment on.

    spec          what `open_source` opens; "" where the images are listed when the experiment starts
    class_counts  images of each class, those set aside for measuring not among them
    test          images set aside for measuring; None: a fifth of each class is drawn in each repetition
    side          pixels at which a network reads the images
    images        the images themselves, where a person's folder was looked through
    """

    kind: SourceKind
    name: str
    spec: str = ""
    class_counts: Mapping[str, int]
    test: int | None
    side: int = MIN_SIDE
    images: Source | None = None

    @property
    def pool(self) -> int:
        """How many images there are to choose among."""
        drawn = 0 if self.test is not None else sum(map(test_count, self.class_counts.values()))
        return sum(self.class_counts.values()) - drawn


def label_source(ws: Workspace, project: Project) -> ExperimentSource:
    """The labels given in a project so far. Measured on its evaluation images where enough of them have a label."""
    now, names = counts(ws, project.id), _class_names(ws, project.id)
    pool = {class_id: count for class_id, count in now.pool.items() if count}
    test = sum(now.evaluation[class_id] for class_id in pool)
    return ExperimentSource(
        kind="labels",
        name=project.name,
        class_counts={names[class_id]: count for class_id, count in pool.items()},
        test=test if test >= MIN_TEST else None,
        side=side_of(ws, project),
    )


def why_no_replay(source: ExperimentSource) -> str:
    """Why nothing can be told from a project's labels yet, and how many are needed; "" where it can be tried."""
    total, often = sum(source.class_counts.values()), sum(n >= MIN_OF_A_CLASS for n in source.class_counts.values())
    if total >= MIN_LABELS and often >= 2:
        return ""
    missing = [f"{MIN_LABELS - total:,} more labels"] if total < MIN_LABELS else []
    missing += (
        [f"{MIN_OF_A_CLASS} labels of {'a second class' if often else 'each of two classes'}"] if often < 2 else []
    )
    return (
        f"A replay needs {MIN_LABELS} labels to choose among, and two classes with {MIN_OF_A_CLASS} of them each. This "
        f"project has {total:,} in {len(source.class_counts)} class{'' if len(source.class_counts) == 1 else 'es'}: "
        f"give {' and '.join(missing)}."
    )


def published_sources(ws: Workspace) -> list[ExperimentSource]:
    """The data sets that need no folder of one's own; CIFAR-10 where its files lie in the data folder."""
    test = {name: round(demo_set.TEST_SHARE * count) for name, count in demo_set.COUNTS.items()}
    demo = {name: count - test[name] for name, count in demo_set.COUNTS.items()}
    sources = [
        ExperimentSource(kind="demo", name="demo", spec="demo", class_counts=demo, test=sum(test.values())),
        ExperimentSource(kind="digits", name="digits", spec="digits", class_counts=DIGITS, test=None),
    ]
    if spec := _cifar10(ws):
        pool = dict.fromkeys(CIFAR10, 5_000)
        sources.append(ExperimentSource(kind="cifar10", name="cifar10", spec=spec, class_counts=pool, test=10_000))
    return sources


def _cifar10(ws: Workspace) -> str:
    images = ws.data_dir / IMAGES
    if (images / "cifar10").is_dir() or (images / "torchvision" / "cifar-10-batches-py").is_dir():
        return "cifar10"
    if (ws.data_dir / "cifar-10-batches-py").is_dir():
        return f"cifar10={ws.data_dir}"
    parquet = ws.data_dir / "cifar10.parquet"
    return f"cifar10={parquet}" if parquet.is_file() else ""


def look_at_source(ws: Workspace, actor: Actor, path: str) -> Generator[Progress, None, ExperimentSource]:
    """The labelled images of a folder, ZIP, CSV or parquet file within the folders for imports.

    A ZIP or parquet file is unpacked into the data folder, once. StudioError where it lies elsewhere, is missing, or
    has no labels of two classes.
    """
    require_right(actor, "import")
    folder, roots = Path(path.strip()).expanduser().absolute(), list_import_roots(ws)
    require_within(folder, roots)
    if not folder.exists():
        raise NotFound(f"There is no {folder}: give the whole address of a folder, or of a ZIP, CSV or parquet file.")
    if folder.is_file() and folder.suffix.lower() not in SUFFIXES:
        raise StudioError(f"{folder.name} is none of {', '.join(SUFFIXES)}, and no folder: give one of these.")
    images = yield from open_source(str(folder), ws.data_dir / IMAGES, roots=roots)
    return _looked_through(images)


def _looked_through(images: Source) -> ExperimentSource:
    pool = images.truth if images.test is None else images.truth[~images.test]
    per_class = Counter(pool.tolist())
    return ExperimentSource(
        kind="path",
        name=images.name,
        class_counts={name: per_class[number] for number, name in enumerate(images.class_names) if per_class[number]},
        test=None if images.test is None else int(images.test.sum()),
        side=side_of_files(images.files),
        images=images,
    )


def labelled_images_of(ws: Workspace, project_id: int) -> Source:
    """The images of a project that have a label now; StudioError where that is too little to be replayed."""
    project = require_project(ws, project_id)
    source = label_source(ws, project)
    if reason := why_no_replay(source):
        raise StudioError(reason)
    labels, names = current_labels(ws.engine, project_id), _class_names(ws, project_id)
    images = [
        image
        for image in images_to_learn(ws, project_id)[0]
        if names.get(labels.get(image.image_id, 0)) in source.class_counts
        and (image.split == "pool" or source.test is not None)
    ]
    return labelled_source(
        project.name,
        [image.file for image in images],
        [image.fingerprint for image in images],
        [names[labels[image.image_id]] for image in images],
        [image.split == "evaluation" for image in images],
        list(names.values()),
        project_scale(project),
    )


def _class_names(ws: Workspace, project_id: int) -> dict[int, str]:
    return {defect_class.id: defect_class.name for defect_class in classes(ws, project_id)}
