"""What the database holds after an import, read straight from its file: held against the files that were to come in."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from common.check_labels import read

IMAGES = """select image.path, defect_class.name, image.removed_at is not null from image
    left join label_event on label_event.image_id = image.id and label_event.kind = 'label'
    left join defect_class on defect_class.id = label_event.class_id
    where image.project_id = ?"""


def check_images(data: Path, project_id: int, expected: Mapping[str, str]) -> dict[str, int]:
    """`expected`: path -> class.

    images: those in use, in_bin: those in the bin. lost: files that are neither, or have no label. doubled: images
    beyond one a file, and labels beyond one an image. wrong: images that no file stands for, or with another label.
    """
    rows = read(data, IMAGES, project_id)
    times = Counter(path for path, _, _ in rows)
    binned = {path: is_binned for path, _, is_binned in rows}
    labelled = {path for path, name, _ in rows if name is not None}
    return {
        "images": sum(not is_binned for is_binned in binned.values()),
        "in_bin": sum(map(bool, binned.values())),
        "lost": len(expected.keys() - labelled),
        "doubled": sum(times.values()) - len(times),
        "wrong": len({path for path, name, _ in rows if path not in expected or name not in (None, expected[path])}),
    }
