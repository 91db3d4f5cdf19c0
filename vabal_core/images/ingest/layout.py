"""A layout proposed for a source from the paths of its files, with the questions that it leaves open."""

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from vabal_core.images.ingest.answers import is_given
from vabal_core.images.ingest.asides import Aside, without
from vabal_core.images.ingest.class_level import Level, best_level, levels, numbers_only
from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.file_names import classes_by_name
from vabal_core.images.ingest.folder_names import is_container, named_splits
from vabal_core.images.ingest.image_names import names_an_image
from vabal_core.images.ingest.masks import find_asides
from vabal_core.images.ingest.patterns import Patterns
from vabal_core.images.ingest.picture_looks import PictureLooks
from vabal_core.images.ingest.rubbish import find_bins, rubbish_patterns
from vabal_core.images.ingest.split_uses import SplitUses
from vabal_core.images.ingest.twins import compare_ahead as compare_twins
from vabal_core.types import Answer, Doubt, DoubtAbout, Layout, Progress, SplitUse
from vabal_core.types.names import NameBook


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """How a source seems to be laid out. `doubts` are the questions that this leaves open, the layout being the safe
    answer; `alternatives` are other readings that a person may mean."""

    layout: Layout
    doubts: tuple[Doubt, ...] = ()
    alternatives: tuple[Layout, ...] = ()


# What a doubt is about -> the parts of a layout that answer it: changed, nothing is left to ask.
_ANSWERED_BY: dict[DoubtAbout, tuple[str, ...]] = {
    "left out": ("exclude",),
    "taken": ("exclude",),
    "splits": ("splits",),
    "classes": ("class_from", "class_level", "name_part", "separator"),
    "names": ("names",),
    "precedence": ("precedence",),
    "boxes": ("boxes",),
    "shape": (),
    "other": (),
}


def open_doubts(proposal: Proposal, layout: Layout) -> tuple[Doubt, ...]:
    """The doubts of the proposal that `layout`, which a person made of it, has not answered."""
    return tuple(doubt for doubt in proposal.doubts if _is_open(doubt, proposal.layout, layout))


def _is_open(doubt: Doubt, proposed: Layout, layout: Layout) -> bool:
    if doubt.answers:
        return not any(is_given(answer, layout) for answer in doubt.answers)
    return all(getattr(layout, part) == getattr(proposed, part) for part in _ANSWERED_BY[doubt.about])


def propose_layout(
    paths: Sequence[str],
    *,
    looks: PictureLooks | None = None,
    classes: NameBook[str] = NO_CLASSES,
    stated: Collection[str] = (),
) -> Proposal:
    """A layout for the files at `paths` (relative, with slashes).

    `looks` says of a path what its picture holds; without it masks are found by their names alone. `classes` are those
    that are there: folders called so are classes. Files that a table names (`stated`) are never left out.
    """
    images = _images(paths)
    rubbish = _kept(rubbish_patterns(paths), images, stated)
    rubbish = rubbish if without(images, rubbish) else ()
    rest = without(images, rubbish)
    bins = _not_stated(find_bins(rest, classes), rest, stated)
    rest = without(rest, _left_out(bins))
    masks = _not_stated(find_asides(rest, looks, stated), rest, stated)
    rest = without(rest, _left_out(masks))
    splits, split_doubts = _splits(rest)
    exclude = (*rubbish, *_left_out(bins), *_left_out(masks))
    reading = _with_classes(Layout(class_from="none", splits=splits, exclude=exclude), rest, classes)
    doubts = (_aside_doubt(aside) for aside in (*bins, *masks))
    return replace(reading, doubts=(*doubts, *split_doubts, *reading.doubts))


def compare_ahead(
    paths: Sequence[str], looks: PictureLooks, stated: Collection[str] = ()
) -> Generator[Progress, None, None]:
    """Look at the pictures that `propose_layout` will have to compare, which can take a while."""
    images = _images(paths)
    yield from compare_twins(without(images, rubbish_patterns(paths)), looks, stated)


def _images(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if names_an_image(path)] or list(paths)


def _left_out(asides: Sequence[Aside]) -> tuple[str, ...]:
    return tuple(pattern for aside in asides if not aside.taken for pattern in aside.patterns)


def _not_stated(asides: Sequence[Aside], images: Sequence[str], stated: Collection[str]) -> list[Aside]:
    kept = [replace(aside, patterns=_kept(aside.patterns, images, stated)) for aside in asides]
    return [aside for aside in kept if aside.patterns]


def _with_classes(bare: Layout, images: Sequence[str], classes: NameBook[str]) -> Proposal:
    """The layout completed by what names the class: a level of folders, a part of the file's name, or nothing."""
    uses = SplitUses(bare.splits)
    folders = [uses.other_folders(path.split("/")[:-1]) for path in images]
    candidates = levels(folders, classes)
    chosen = best_level(candidates)
    by_folder = [replace(bare, class_from="folder", class_level=level.number) for level in candidates]
    rival = _rival(chosen, candidates) if chosen else None
    if chosen and rival:
        doubt = f"Two levels of folders could name the class: {some(chosen.names)}, or {some(rival.names)}. "
        doubt += "No labels are taken from them."
        return Proposal(layout=bare, doubts=_of_class(doubt), alternatives=tuple(by_folder))
    if chosen:
        layout = replace(bare, class_from="folder", class_level=chosen.number)
        others = tuple(other for other in by_folder if other != layout)
        return Proposal(
            layout=layout, doubts=_of_class(*_chosen_doubts(chosen, candidates, classes)), alternatives=(*others, bare)
        )
    doubts = tuple(_level_doubt(level) for level in candidates if level.kind in ("days", "numbers", "many"))
    if not doubts:
        single = [level for level in candidates if level.kind == "one" and not is_container(next(iter(level.names)))]
        doubts = tuple(_level_doubt(level) for level in single[:1])
    named = classes_by_name(images, bare)
    if named is None:
        return Proposal(layout=bare, doubts=_of_class(*doubts), alternatives=tuple(by_folder))
    by_name, names = named
    where = "begin with" if by_name.name_part == 0 else "hold"
    question = f"The names of the files {where} {some(names)}: are these classes? No labels are taken from them."
    return Proposal(layout=bare, doubts=_of_class(*doubts, question), alternatives=(by_name, *by_folder))


def _of_class(*texts: str) -> tuple[Doubt, ...]:
    return tuple(Doubt(about="classes", text=text) for text in texts)


def _kept(patterns: Sequence[str], images: Sequence[str], stated: Collection[str]) -> tuple[str, ...]:
    """The patterns that take neither all the images nor one that a table names."""
    kept = []
    for pattern in patterns:
        matching = Patterns([pattern])
        if any(matching.of_file(path) for path in stated) or all(matching.of_file(path) for path in images):
            continue
        kept.append(pattern)
    return tuple(kept)


def _splits(images: Sequence[str]) -> tuple[dict[str, SplitUse], tuple[Doubt, ...]]:
    """Folders named like splits, with what they are for, and what is doubtful of it.

    They are folders like any other where nothing would be left to learn from, or where one stands among others that
    hold images as it does and no second split is there: "valid" beside "invalid", "train" beside "bus".
    """
    folders = {path.rpartition("/")[0] for path in images}
    names = sorted({name for folder in folders for name in folder.split("/")})
    splits = named_splits(names)
    evaluation = [name for name, use in splits.items() if use == "evaluation"]
    everything = all(not set(evaluation).isdisjoint(folder.split("/")) for folder in folders)
    if evaluation and everything:
        doubt = f"All images lie in {some(evaluation)}: are they for evaluation only? Taken as folders like any other."
        return splits | dict.fromkeys(evaluation, "folder"), (Doubt(about="splits", text=doubt),)
    if len(set(splits.values())) == 1 and (peers := _peers(folders, splits)):
        doubt = f"Is {some(splits)} a split, or a class as {some(peers)}? Taken as folders like any other."
        return dict.fromkeys(splits, "folder"), (Doubt(about="splits", text=doubt),)
    if within := _classes_called_splits(folders, splits):
        doubt = f"{some(within)} lie beside folders of classes: taken for classes that are called like splits."
        return splits | dict.fromkeys(within, "folder"), (Doubt(about="splits", text=doubt),)
    return splits, ()


def _classes_called_splits(folders: Collection[str], splits: Collection[str]) -> list[str]:
    """Folders ("train/test") that are called like a split, lie in a split and stand beside others that are not."""
    parted = [tuple(folder.split("/")) for folder in folders]
    pairs = {(parts[at], parts[at + 1]) for parts in parted for at in range(len(parts) - 1) if parts[at] in splits}
    with_others = {upper for upper, lower in pairs if lower not in splits and not is_container(lower)}
    return sorted(f"{upper}/{lower}" for upper, lower in pairs if upper in with_others and lower in splits)


def _peers(folders: Collection[str], splits: Collection[str]) -> list[str]:
    """Names of folders with images that stand beside a split that holds images itself."""
    parted = [folder.rpartition("/") for folder in folders]
    above = {parent for parent, _, name in parted if name in splits}
    others = [(parent, name) for parent, _, name in parted if name not in splits and not is_container(name)]
    return [name for parent, name in others if name and parent in above]


def _rival(chosen: Level, candidates: Sequence[Level]) -> Level | None:
    """Another level with other names that would do as well: which of the two is meant cannot be told."""
    able = [level for level in candidates if level.kind == "classes" and level.names.keys() != chosen.names.keys()]
    return next((level for level in able if level.score[:2] == chosen.score[:2]), None)


def _chosen_doubts(chosen: Level, candidates: Sequence[Level], classes: NameBook[str]) -> Iterator[str]:
    """What is to be asked of the level that is taken: about numbers, and about another level that most images have."""
    if numbers_only(chosen):
        yield f"The folders are called {some(chosen.names)}: are these numbers classes? Taken as such."
    if all(classes.find(name) for name in chosen.names):
        return
    others = [level for level in candidates if level.kind == "classes" and level.names.keys() != chosen.names.keys()]
    reaching = [level for level in others if level.names.total() >= level.missing]
    if reaching:
        other = max(reaching, key=lambda level: level.score)
        yield (
            f"Two levels of folders could name the class: {some(chosen.names)}, or {some(other.names)}. Taken from the "
            "first of them."
        )


def _series_words(level: Level) -> str:
    return "by numbers: grades, or pieces and places" if numbers_only(level) else "like coils, lots, cameras or views"


def _level_doubt(level: Level) -> str:
    many = f"{len(level.names):,} folders ({some(level.names)})"
    return {
        "one": f"One folder only, {some(level.names)}: it would be the only class. No labels are taken from it.",
        "days": f"{many} are called like days or shifts. No labels are taken from them.",
        "numbers": f"{many} are called {_series_words(level)}. No labels are taken from them.",
        "many": f"{many} would give a class for every few images. No labels are taken from them.",
    }[level.kind]


def _aside_doubt(aside: Aside) -> Doubt:
    """What is asked of files that are left out, or taken for now, with the other way as the answer."""
    which = f"“{aside.patterns[0]}”" if len(aside.patterns) == 1 else f"these {aside.files:,} files"
    if aside.taken:
        answer = Answer(words=f"Leave out {which}", leave_out=aside.patterns)
    else:
        answer = Answer(words=f"Take {which}", take=aside.patterns)
    about: DoubtAbout = "taken" if aside.taken else "left out"
    return Doubt(about=about, text=aside.text or _aside_words(aside), answers=(answer,))


def _aside_words(aside: Aside) -> str:
    if aside.files == 1:
        return f"1 file looks like {aside.singular} ({_patterns(aside)}). It is left out."
    return f"{aside.files:,} files look like {aside.plural} ({_patterns(aside)}). They are left out."


def _patterns(aside: Aside) -> str:
    return ", ".join(aside.patterns[:3]) + (", ..." if len(aside.patterns) > 3 else "")


def some(names: Collection[str]) -> str:
    """The first of the names, as they are told in a sentence."""
    first = [repr(name) for name in sorted(names)[:3]]
    return ", ".join(first) + (", ..." if len(names) > 3 else "")
