"""Variants of a source: which images stay, by content alone, and what is said where a name is wrong."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pytest

from vabal_core.experiment.source import Source
from vabal_core.experiment.variants import split_variants, vary
from vabal_core.types import StudioError


def made(pool: Sequence[int], test: Sequence[int] | None = None) -> Source:
    """A source of so many images a class; their fingerprints depend on class, part and number."""
    parts = [("pool", pool)] + ([("test", test)] if test else [])
    names = [(part, number, index) for part, counts in parts for number, n in enumerate(counts) for index in range(n)]
    return Source(
        name="made",
        files=tuple(f"{part}/{number}/{index}" for part, number, index in names),
        fingerprints=tuple(sha256(str(name).encode()).hexdigest() for name in names),
        truth=np.array([number for _, number, _ in names]),
        test=np.array([part == "test" for part, _, _ in names]) if test else None,
        class_names=tuple(f"class {number}" for number in range(len(pool))),
    )


def pool_sizes(source: Source) -> list[int]:
    return np.bincount(source.truth[~source.test], minlength=len(source.class_names)).tolist()


def sizes_of_test(source: Source) -> list[int]:
    return np.bincount(source.truth[source.test], minlength=len(source.class_names)).tolist()


def files_of_test(source: Source) -> set[str]:
    return {file for file, is_test in zip(source.files, source.test, strict=True) if is_test}


STATED = made([50] * 10, [7] * 10)


def test_variants_are_read_off_the_end_of_a_name() -> None:
    assert split_variants("cifar10") == ("cifar10", ())
    assert split_variants("a/b-c.zip+[1]/0.05-[2,3]~tail(50,order)") == (
        "a/b-c.zip",
        ("+[1]/0.05", "-[2,3]", "~tail(50,order)"),
    )


@pytest.mark.parametrize(
    ("variant", "sizes"),
    [
        ("+[1]", [50] + [5] * 9),
        ("-[5]", [50] * 4 + [5] + [50] * 5),
        ("+[4:6]", [5] * 3 + [50] * 3 + [5] * 4),
        ("+[1,10]/0.5", [50] + [25] * 8 + [50]),
        ("-[1,3:4]/0.001", [1, 50, 1, 1] + [50] * 6),
        # 50 * 32^(-c/9): 50, 34.02, 23.15, 15.75, 10.72, 7.29, 4.96, 3.38, 2.30, 1.56
        ("~tail(32)", [50, 34, 23, 16, 11, 7, 5, 3, 2, 2]),
        ("~tail(1)", [50] * 10),
        ("~pool(40)", [4] * 10),
        ("~pool(1000)", [50] * 10),
    ],
)
def test_a_variant_keeps_so_many_pool_images_of_each_class_and_every_test_image(variant: str, sizes: list[int]) -> None:
    source = vary(STATED, [variant])
    assert pool_sizes(source) == sizes
    assert sizes_of_test(source) == [7] * 10
    assert source.name == f"made{variant}"
    assert source.class_names == STATED.class_names


def test_rows_keep_their_file_fingerprint_truth_and_place() -> None:
    source = vary(STATED, ["+[2]"])
    at = {file: row for row, file in enumerate(STATED.files)}
    rows = [at[file] for file in source.files]
    assert rows == sorted(rows)
    assert source.fingerprints == tuple(STATED.fingerprints[row] for row in rows)
    assert source.truth.tolist() == STATED.truth[rows].tolist()
    assert source.test.tolist() == STATED.test[rows].tolist()


def test_a_long_tail_falls_from_the_largest_class_or_in_the_order_of_the_classes() -> None:
    source = made([20, 100, 40], [5, 5, 5])
    # by size: class 1 keeps 100, class 2 at most 100/10^(1/2) = 31.6, class 0 at most 10
    assert pool_sizes(vary(source, ["~tail(10)"])) == [10, 100, 32]
    # in order: class 0 may keep 100 and has 20, class 1 keeps 31.6, class 2 keeps 10
    assert pool_sizes(vary(source, ["~tail(10,order)"])) == [20, 32, 10]


@pytest.mark.parametrize("variant", ["+[1]/{}", "-[2:9]/{}"])
def test_a_smaller_share_is_a_subset_of_a_larger_one(variant: str) -> None:
    kept = [set(vary(STATED, [variant.format(share)]).files) for share in (0.02, 0.1, 0.3, 1)]
    assert kept[0] < kept[1] < kept[2] < kept[3]


@pytest.mark.parametrize("variant", ["~tail({})", "~tail({},order)"])
def test_a_steeper_tail_is_a_subset(variant: str) -> None:
    kept = [set(vary(STATED, [variant.format(ratio)]).files) for ratio in (40, 10, 2)]
    assert kept[0] < kept[1] < kept[2]


@pytest.mark.parametrize("variant", ["~pool({})", "~test({})"])
def test_a_smaller_count_is_a_subset_of_a_larger_one(variant: str) -> None:
    source = made([90, 9, 3, 1], [33, 8, 5, 1])
    kept = [set(vary(source, [variant.format(count)]).files) for count in range(4, 45)]
    assert all(smaller < larger for smaller, larger in zip(kept, kept[1:], strict=False))


def test_a_count_keeps_the_shares_of_the_classes_and_an_image_of_each() -> None:
    source = made([900, 90, 10], [500, 400, 100])
    assert sizes_of_test(vary(source, ["~test(100)"])) == [50, 40, 10]
    assert pool_sizes(vary(source, ["~test(100)"])) == [900, 90, 10]
    assert pool_sizes(vary(source, ["~pool(100)"])) == [90, 9, 1]
    assert pool_sizes(vary(source, ["~pool(3)"])) == [1, 1, 1]


@pytest.mark.parametrize("variant", ["+[1]", "~tail(20)", "~pool(70)", "~test(31)"])
@pytest.mark.parametrize("source", [STATED, made([30, 11, 60])], ids=["stated", "not stated"])
def test_the_images_kept_do_not_depend_on_the_order_of_the_files(variant: str, source: Source) -> None:
    shuffled = source.subset(np.random.default_rng(0).permutation(len(source.files)))
    before, after = vary(source, [variant]), vary(shuffled, [variant])
    assert set(before.files) == set(after.files)
    assert files_of_test(before) == files_of_test(after)


def test_where_no_split_is_stated_a_fifth_of_each_class_is_test_in_all_variants() -> None:
    source = made([50, 10, 2, 1])
    variants = [vary(source, [variant]) for variant in ("+[1]", "-[1]/0.02", "~tail(9)")]
    for variant in variants:
        assert sizes_of_test(variant) == [10, 2, 1, 0]
    assert pool_sizes(variants[0]) == [40, 1, 1, 1]
    assert files_of_test(variants[0]) == files_of_test(variants[1]) == files_of_test(variants[2])
    assert vary(source, []).test is None


def test_variants_are_applied_in_turn() -> None:
    source = vary(STATED, ["+[1]", "~test(20)", "~pool(38)"])
    assert pool_sizes(source) == [20] + [2] * 9
    assert sizes_of_test(source) == [2] * 10
    assert source.name == "made+[1]~test(20)~pool(38)"


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("+[0]", "names no class of made; its classes are 1 to 10"),
        ("+[11]", "names no class of made"),
        ("+[3:2]", "'3:2' names no class"),
        ("-[]", "names no class"),
        ("+[a]", "'a' names no class"),
        ("+[1]/0", "a share is above 0 and at most 1"),
        ("+[1]/1.5", "a share is above 0 and at most 1"),
        ("+[1]/10%", "a share is above 0 and at most 1"),
        ("+[1]/", "a share is above 0 and at most 1"),
        ("~tail(0.5)", r"write ~tail\(RATIO\)"),
        ("~tail(nan)", r"write ~tail\(RATIO\)"),
        ("~tail(50,size)", r"write ~tail\(RATIO\)"),
        ("~tail()", r"write ~tail\(RATIO\)"),
        ("~pool(many)", "there is no variant"),
        ("~head(5)", r"choose among \+\[1\]"),
        ("~test(9)", "cannot hold the 10 classes of made"),
    ],
)
def test_an_error_names_what_is_allowed(variant: str, message: str) -> None:
    assert split_variants(f"made{variant}") == ("made", (variant,))
    with pytest.raises(StudioError, match=message):
        vary(STATED, [variant])
