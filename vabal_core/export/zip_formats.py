"""The formats that hold the images: where each goes in the ZIP, and what other programs read beside it."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from vabal_core.export.json_lines import json_line_pieces, json_text
from vabal_core.export.manifest import separated
from vabal_core.export.packing import Document, Packing, Record, Records

# What other programs call the two splits.
SPLIT_FOLDERS = {"pool": "train", "evaluation": "test"}


def _of_split(records: Records, split: str) -> Iterator[Record]:
    return (record for record in records if record["split"] == split)


def _hugging_face_rows(split: str, records: Records, classes: Sequence[str]) -> Iterator[bytes]:
    """metadata.jsonl of Hugging Face's imagefolder: file_name is relative to it."""
    rows = ((PurePosixPath(record["file"]).name, record["label"]) for record in _of_split(records, split))
    return json_line_pieces(("file_name", "label"), rows)


def _coco(split: str, records: Records, classes: Sequence[str]) -> Iterator[bytes]:
    """COCO's JSON, its file names relative to the folder images/. A class of a whole image is a box that covers it."""
    numbers = {name: number for number, name in enumerate(classes, start=1)}
    yield b'{"info": {"description": "made by VaB-AL Studio"}, "licenses": [], "images": ['
    yield from separated(
        {
            "id": number,
            "file_name": record["file"].removeprefix("images/"),
            "width": record["width"],
            "height": record["height"],
        }
        for number, record in enumerate(_of_split(records, split), start=1)
    )
    yield b'\n], "annotations": ['
    yield from separated(
        _whole(number, record, numbers) for number, record in enumerate(_of_split(records, split), start=1)
    )
    categories = [{"id": number, "name": name} for name, number in numbers.items()]
    yield b'\n], "categories": ' + json_text(categories).encode() + b"}\n"


def _whole(number: int, record: Record, numbers: dict[str, int]) -> dict[str, Any]:
    width, height = record["width"], record["height"]
    return {
        "id": number,
        "image_id": number,
        "category_id": numbers[record["label"]],
        "bbox": [0, 0, width, height],
        "area": width * height,
        "iscrowd": 0,
        "segmentation": [],
    }


def _tasks(records: Records, classes: Sequence[str]) -> Iterator[bytes]:
    """Label Studio's tasks. The images are local files there: the folder of the unpacked ZIP is their storage."""
    yield b"["
    yield from separated(_task(record) for record in records)
    yield b"\n]\n"


def _task(record: Record) -> dict[str, Any]:
    choice = {"choices": [record["label"]]}
    result = {"from_name": "choice", "to_name": "image", "type": "choices", "value": choice}
    return {
        "data": {
            "image": f"/data/local-files/?d={quote(record['file'])}",
            "split": SPLIT_FOLDERS[record["split"]],
        },
        "annotations": [{"result": [result]}],
        "meta": {name: record[name] for name in ("annotator", "labelled_at", "sha256", "round", "rank", "strategy")},
    }


def _labelling_config(records: Records, classes: Sequence[str]) -> Iterator[bytes]:
    """What a Label Studio project needs to show these tasks."""
    choices = "".join(f"    <Choice value={quoteattr(name)}/>\n" for name in classes)
    start = '<View>\n  <Image name="image" value="$image"/>\n  <Choices name="choice" toName="image">\n'
    yield f"{start}{choices}  </Choices>\n</View>\n".encode()


ZIP_FORMATS = {
    "imagefolder": Packing(folder=lambda split, folder: f"{SPLIT_FOLDERS[split]}/{folder}", marked=True),
    # Ultralytics measures on "val".
    "yolo": Packing(folder=lambda split, folder: f"{'train' if split == 'pool' else 'val'}/{folder}", marked=True),
    "huggingface": Packing(
        folder=lambda split, folder: SPLIT_FOLDERS[split],
        documents=[
            Document(name=f"{folder}/metadata.jsonl", write=partial(_hugging_face_rows, split), split=split)
            for split, folder in SPLIT_FOLDERS.items()
        ],
    ),
    "coco": Packing(
        folder=lambda split, folder: f"images/{SPLIT_FOLDERS[split]}",
        documents=[
            Document(name=f"annotations/{folder}.json", write=partial(_coco, split), split=split)
            for split, folder in SPLIT_FOLDERS.items()
        ],
    ),
    "labelstudio": Packing(
        folder=lambda split, folder: "images",
        documents=[
            Document(name="tasks.json", write=_tasks),
            Document(name="labeling_config.xml", write=_labelling_config),
        ],
    ),
}
