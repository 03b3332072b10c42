from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records import Split
from storage.splits import Candidate, assign
from tests.storage.samples import sha

TRAIN, VAL, TEST = Split.TRAIN, Split.VAL, Split.TEST


def images(count: int, split: Split | None = None, classes: frozenset[int] = frozenset({1}), first: int = 0):
    return [Candidate(n, sha(n), split, classes) for n in range(first, first + count)]


def after(candidates: list[Candidate]) -> dict[int, Split | None]:
    return {image.id: image.split for image in candidates} | assign(candidates)


@pytest.mark.parametrize(
    ("count", "val"), [(0, 0), (1, 0), (2, 0), (3, 2), (4, 2), (10, 2), (13, 3), (100, 20), (1000, 200)]
)
def test_a_fifth_goes_to_val_and_at_least_two_of_three(count: int, val: int) -> None:
    got = Counter(assign(images(count)).values())
    assert (got[VAL], got[TRAIN]) == (val, count - val)


def test_the_draw_depends_on_the_bytes_alone() -> None:
    forwards = images(30)
    renumbered = [Candidate(100 - image.id, image.sha256, None, image.class_ids) for image in reversed(forwards)]
    assert {i for i, s in assign(forwards).items() if s is VAL} == {
        100 - i for i, s in assign(renumbered).items() if s is VAL
    }


def test_given_splits_stay_and_count() -> None:
    given_ones = images(40, TRAIN) + images(4, VAL, first=40) + images(9, TEST, first=44)
    got = assign(given_ones + images(6, first=53))
    assert set(got) == set(range(53, 59))
    assert Counter(got.values())[VAL] == 6  # 50 in the two: val is still short of ten


def test_test_images_are_left_out_of_the_reckoning() -> None:
    assert assign(images(50, TEST)) == {}
    assert Counter(assign(images(50, TEST) + images(10, first=50)).values()) == {TRAIN: 8, VAL: 2}


def test_without_any_val_it_is_drawn_once_from_train() -> None:
    imported = images(20, TRAIN)
    drawn = assign(imported)
    assert Counter(drawn.values()) == {VAL: 4}
    settled = [Candidate(i.id, i.sha256, drawn.get(i.id, i.split), i.class_ids) for i in imported]
    assert assign(settled) == {}


def test_one_new_image_beside_many_of_train_does_not_become_all_of_val() -> None:
    got = after(images(20, TRAIN) + images(1, first=20))
    assert Counter(got.values()) == {TRAIN: 17, VAL: 4}


def test_labelling_one_by_one_ends_with_two_to_judge_by() -> None:
    known: list[Candidate] = []
    for n in range(5):
        known += images(1, first=n)
        split = after(known)
        known = [Candidate(i.id, i.sha256, split[i.id], i.class_ids) for i in known]
    assert Counter(i.split for i in known) == {TRAIN: 3, VAL: 2}


def test_rare_classes_are_in_both_where_there_is_room() -> None:
    common = images(40)
    rare = [Candidate(100 + n, sha(100 + n), None, frozenset({1, 2 + n // 2})) for n in range(8)]  # classes 2..5, twice
    got = assign(common + rare)
    for class_id in (2, 3, 4, 5):
        assert {got[i.id] for i in rare if class_id in i.class_ids} == {TRAIN, VAL}


def test_the_only_image_of_a_class_is_learnt_from() -> None:
    for seed in range(20):
        candidates = [*images(9, first=seed * 100), Candidate(5000, sha(f"only {seed}"), None, frozenset({7}))]
        assert assign(candidates)[5000] is TRAIN


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([None, TRAIN, VAL, TEST]), st.frozensets(st.integers(0, 4))), min_size=0, max_size=40
    )
)
def test_every_image_gets_a_split_and_given_ones_stay(rows: list[tuple[Split | None, frozenset[int]]]) -> None:
    candidates = [Candidate(n, sha(n), split, classes) for n, (split, classes) in enumerate(rows)]
    got = after(candidates)
    assert None not in got.values()
    if any(split is VAL for split, _ in rows):
        assert all(got[n] is split for n, (split, _) in enumerate(rows) if split is not None)
    assert all(got[n] is TEST for n, (split, _) in enumerate(rows) if split is TEST)
    learnt_or_judged = sum(split is not TEST for split, _ in rows)
    if learnt_or_judged >= 3 and sum(split in (TRAIN, VAL) for split, _ in rows) == 0:
        assert list(got.values()).count(VAL) >= 2
