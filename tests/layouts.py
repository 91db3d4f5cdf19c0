"""Layouts of folders that an import understands: the rows of README's table, each with files to try it on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """`files` in braces, as a shell expands them. What becomes of them: how many images each class has in the pool (or
    unplaced) and for evaluation ("" where there is no class), how many pictures are left out, a word of the doubt."""

    name: str
    shape: str
    files: tuple[str, ...]
    pool: dict[str, int]
    evaluation: dict[str, int] | None = None
    left_out: int = 0
    doubt: str = ""
    read_as: str


ROWS = (
    Row(
        name="ImageFolder of PyTorch, Keras, Ultralytics classify, Roboflow",
        shape="`train/<class>/1.jpg`, `val/<class>/2.jpg`",
        files=("{train,val}/{crazing,scratches}/{1,2,3}.jpg",),
        pool={"crazing": 3, "scratches": 3},
        evaluation={"crazing": 3, "scratches": 3},
        read_as="class by folder; val, valid, validation, test, ... for evaluation",
    ),
    Row(
        name="Class folders",
        shape="`<class>/1.jpg`, also in one top folder of a ZIP",
        files=("line2/{crazing,scratches}/{1,2,3}.jpg",),
        pool={"crazing": 3, "scratches": 3},
        read_as="class by folder",
    ),
    Row(
        name="Class folders with sub-folders",
        shape="`<class>/archive/1.jpg`, `<class>/2024-05-01/1.jpg`, `<class>/cam1/1.jpg`",
        files=("{cats,dogs}/{2024-05-01,2024-05-02}/{1,2,3}.jpg", "{cats,dogs}/archive/{1,2}.jpg"),
        pool={"cats": 8, "dogs": 8},
        read_as="class by the upper folder",
    ),
    Row(
        name="Days or lines above class folders",
        shape="`2024-05-01/<class>/1.jpg`",
        files=("{2024-05-01,2024-05-02}/{crazing,scratches}/{1,2,3}.jpg",),
        pool={"crazing": 6, "scratches": 6},
        read_as="class by the lower folder",
    ),
    Row(
        name="Magnetic tiles",
        shape="`MT_<class>/Imgs/1.jpg`, mask `1.png` beside",
        files=("MT_{Blowhole,Break,Free}/Imgs/exp_{1,2,3}.{jpg,png}",),
        pool={"MT_Blowhole": 3, "MT_Break": 3, "MT_Free": 3},
        left_out=9,
        doubt="masks",
        read_as="class by the upper folder; masks left out",
    ),
    Row(
        name="NEU-DET as handed out",
        shape="`NEU-DET/train/images/<class>/crazing_1.jpg`, `annotations/*.xml`",
        files=(
            "NEU-DET/{train,validation}/images/{crazing,scratches}/x_{1,2,3}.jpg",
            "NEU-DET/{train,validation}/annotations/x_{1,2,3}.xml",
        ),
        pool={"crazing": 3, "scratches": 3},
        evaluation={"crazing": 3, "scratches": 3},
        read_as="class by folder; validation for evaluation",
    ),
    Row(
        name="NEU-DET, classes in file names",
        shape="`IMAGES/pitted_surface_1.jpg`",
        files=("NEU-DET/IMAGES/{crazing,pitted_surface}_{1,2,3}.jpg",),
        pool={"": 6},
        doubt="names of the files begin with 'crazing', 'pitted_surface'",
        read_as="no labels; asks whether the names give the class",
    ),
    Row(
        name="MVTec AD",
        shape="`plate/train/good/1.png`, `plate/test/<defect>/1.png`, `plate/ground_truth/<defect>/1_mask.png`",
        files=(
            "plate/train/good/{1,2,3}.png",
            "plate/test/{good,pit}/{1,2,3}.png",
            "plate/ground_truth/pit/{1,2}_mask.png",
        ),
        pool={"good": 3},
        evaluation={"good": 3, "pit": 3},
        left_out=2,
        doubt="ground_truth",
        read_as="class by folder; test for evaluation; ground truth left out",
    ),
    Row(
        name="MVTec AD, all products",
        shape="`<product>/train/good/1.png`, `<product>/test/<defect>/1.png`",
        files=("{bottle,cable}/train/good/{1,2,3}.png", "{bottle,cable}/test/{good,broken}/{1,2,3}.png"),
        pool={"good": 6},
        evaluation={"good": 6, "broken": 6},
        doubt="could name the class: 'broken', 'good', or 'bottle', 'cable'",
        read_as="class by the defect's folder",
    ),
    Row(
        name="Severstal",
        shape="`train_images/1.jpg`, `test_images/2.jpg`, `train.csv`",
        files=("{train,test}_images/{1,2,3}.jpg", "train.csv"),
        pool={"": 3},
        evaluation={"": 3},
        read_as="no labels; test_images for evaluation",
    ),
    Row(
        name="KolektorSDD",
        shape="`kos01/Part0.jpg`, mask `Part0_label.bmp`",
        files=("kos{01,02,03,04,05}/Part{0,1,2,3}.jpg", "kos{01,02,03,04,05}/Part{0,1,2,3}_label.bmp"),
        pool={"": 20},
        left_out=20,
        doubt="like coils",
        read_as="no labels (says that folders count pieces); masks left out",
    ),
    Row(
        name="KolektorSDD2",
        shape="`train/10000.png`, mask `10000_GT.png`",
        files=("{train,test}/1000{0,1,2}.png", "{train,test}/1000{0,1,2}_GT.png"),
        pool={"": 3},
        evaluation={"": 3},
        left_out=6,
        doubt="masks",
        read_as="no labels; test for evaluation; masks left out",
    ),
    Row(
        name="DAGM",
        shape="`Class1/Train/1.PNG`, `Class1/Train/Label/1_label.PNG`",
        files=("DAGM/Class{1,2,3}/{Train,Test}/{1,2,3}.PNG", "DAGM/Class{1,2,3}/{Train,Test}/Label/1_label.PNG"),
        pool={"Class1": 3, "Class2": 3, "Class3": 3},
        evaluation={"Class1": 3, "Class2": 3, "Class3": 3},
        left_out=6,
        doubt="Label",
        read_as="class by the upper folder; Test for evaluation; Label left out",
    ),
    Row(
        name="GC10-DET",
        shape="`1/img_01.jpg` to `10/...`, `lable/*.xml`",
        files=("GC10-DET/{1,2,3,4,5,6,7,8,9,10}/img_{1,2}.jpg", "GC10-DET/lable/img_{1,2}.xml"),
        pool={str(number): 2 for number in range(1, 11)},
        doubt="are these numbers classes",
        read_as="class by folder; asks whether numbers are classes",
    ),
    Row(
        name="YOLO for detection",
        shape="`images/train/1.jpg`, `labels/train/1.txt`",
        files=("images/{train,val}/{1,2,3}.jpg", "labels/{train,val}/{1,2,3}.txt"),
        pool={"": 3},
        evaluation={"": 3},
        read_as="no labels from folders; val for evaluation",
    ),
    Row(
        name="Pascal VOC",
        shape="`JPEGImages/1.jpg`, `SegmentationClass/1.png`, `Annotations/1.xml`",
        files=("VOCdevkit/VOC2012/{JPEGImages/{1,2,3}.jpg,SegmentationClass/1.png,Annotations/{1,2,3}.xml}",),
        pool={"": 3},
        left_out=1,
        doubt="SegmentationClass",
        read_as="no labels from folders; segmentations left out",
    ),
    Row(
        name="Images and masks side by side",
        shape="`images/1.png`, `masks/1.png`",
        files=("{images,masks}/{1,2,3}.png",),
        pool={"": 3},
        left_out=3,
        doubt="masks",
        read_as="no labels; masks left out",
    ),
    Row(
        name="Days, shifts, lots, coils, cameras",
        shape="`2024-05-01/1.png`, `20240501/`, `shift_A/`, `line 2/`, `coil_4711/`",
        files=("{2024-05-01,2024-05-02}/{1,2,3}.png",),
        pool={"": 6},
        doubt="like days or shifts",
        read_as="no labels, says so",
    ),
    Row(
        name="A folder for every few images",
        shape="`a8x2/1.png`, `b7k1q/1.png`, ...",
        files=("{a,b,c,d,e,f,g,h,i,j,k,l}xy/{1,2}.png",),
        pool={"": 24},
        doubt="a class for every few images",
        read_as="no labels, says so",
    ),
    Row(
        name="One folder",
        shape="`crazing/1.png`",
        files=("crazing/{1,2,3}.png",),
        pool={"": 3},
        doubt="the only class",
        read_as="no labels, says so (a class of the project is taken)",
    ),
    Row(
        name="A network drive",
        shape="`.Trash/`, `$RECYCLE.BIN/`, `@eaDir/`, `lost+found/`, `__MACOSX/`, `.ipynb_checkpoints/`, `thumbnails/`",
        files=(
            "{crazing,scratches}/{1,2,3}.png",
            "{.Trash,$RECYCLE.BIN,lost+found,thumbnails}/9.png",
            "crazing/{@eaDir/1.png,.ipynb_checkpoints}/9.png",
        ),
        pool={"crazing": 3, "scratches": 3},
        left_out=6,
        doubt="in 'thumbnails'",
        read_as="left out",
    ),
)

# Further ones, which README does not name.
MORE_ROWS = (
    Row(
        name="A bin beside class folders",
        shape="`crazing/1.jpg`, `scratches/2.jpg`, `Trash/3.jpg`, `Recycle/4.jpg`",
        files=("{crazing,scratches,Trash}/{1,2,3}.png",),
        pool={"crazing": 3, "scratches": 3},
        left_out=3,
        doubt="in 'Trash': is that a bin",
        read_as="left out, and asks: it may be a class",
    ),
    Row(
        name="A verdict above the defects",
        shape="`Linie1/OK/1.png`, `Linie1/NOK/Riss/1.png`",
        files=("Linie{1,2}/OK/{1,2,3}.png", "Linie{1,2}/NOK/{Riss,Zunder}/{1,2,3}.png"),
        pool={"OK": 6, "NOK": 12},
        doubt="could name the class: 'NOK', 'OK', or 'OK', 'Riss', 'Zunder'",
        read_as="class by the verdict, and asks",
    ),
    Row(
        name="Two levels of which one is a verdict",
        shape="`gut/klein/1.png`",
        files=("{gut,schlecht}/{klein,gross}/{1,2,3}.png",),
        pool={"gut": 6, "schlecht": 6},
        doubt="could name the class: 'gut', 'schlecht', or 'gross', 'klein'",
        read_as="class by the verdict, and asks",
    ),
    Row(
        name="The class in the middle of the files' names",
        shape="`4711_Zunder_20240501_0001.png`",
        files=("4711_{Zunder,Riss,IO}_20240501_000{1,2,3}.png",),
        pool={"": 9},
        doubt="names of the files hold 'IO', 'Riss', 'Zunder'",
        read_as="no labels; asks whether the names give the class",
    ),
    Row(
        name="Two kinds of waste",
        shape="`landfill/1.jpg`, `Recycle/2.jpg`",
        files=("{landfill,Recycle}/{1,2,3}.png",),
        pool={"landfill": 3, "Recycle": 3},
        doubt="in 'Recycle': is that a bin",
        read_as="class by folder, and asks",
    ),
    Row(
        name="Previews within class folders",
        shape="`crazing/1.jpg`, `crazing/thumbs/1.jpg`",
        files=("{crazing,scratches}/{1,2,3}.png", "{crazing,scratches}/thumbs/{1,2,3}.png"),
        pool={"crazing": 3, "scratches": 3},
        left_out=6,
        doubt="6 images lie in 'thumbs'",
        read_as="left out, and asks",
    ),
    Row(
        name="A bin within splits",
        shape="`train/crazing/1.jpg`, `train/Deleted/1.jpg`",
        files=("{train,test}/{crazing,scratches}/{1,2}.png", "train/Deleted/{1,2}.png"),
        pool={"crazing": 2, "scratches": 2},
        evaluation={"crazing": 2, "scratches": 2},
        left_out=2,
        doubt="in 'Deleted'",
        read_as="left out, and asks",
    ),
    Row(
        name="What systems leave behind",
        shape="`.Trash-1000/`, `#recycle/`, `System Volume Information/`, `RECYCLER/`, `.thumbnails/`",
        files=(
            "{crazing,scratches}/{1,2,3}.png",
            "{.Trash-1000,#recycle,System Volume Information,RECYCLER,.thumbnails,__MACOSX,@Recycle}/9.png",
        ),
        pool={"crazing": 3, "scratches": 3},
        left_out=7,
        read_as="left out",
    ),
)


def expand(pattern: str) -> Iterator[str]:
    """a{b,c}d gives abd, acd; braces may hold braces."""
    innermost = re.search(r"\{([^{}]*)\}", pattern)
    if innermost is None:
        yield pattern
        return
    for choice in innermost[1].split(","):
        yield from expand(pattern[: innermost.start()] + choice + pattern[innermost.end() :])


def files_of(row: Row) -> list[str]:
    return list(dict.fromkeys(path for pattern in row.files for path in expand(pattern)))


def readme_table() -> str:
    rows = [f"| {row.name} | {row.shape} | {row.read_as} |" for row in ROWS]
    return "\n".join(["| layout | looks like | read as |", "|---|---|---|", *rows])
