"""Retrieval: hand-worked scores, and equality to the last bit with comparing every pair as the paper defines it."""

from __future__ import annotations

import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sims_core.bank.blocks import pack
from sims_core.bank.descriptors import Descriptor, DescriptorSet, describe
from sims_core.bank.search_index import build_index
from sims_core.base.errors import SimsError
from sims_core.formats.search_index import NO_PHOTO, SearchIndex, read_index, write_index
from sims_core.retrieval.search import Matches, RetrieveConfig, top_k
from sims_core.scenes.classes import VOID

NUM_CATEGORIES = 3


def mask_iou(a: np.ndarray, b: np.ndarray) -> float:
    union = np.sum(a | b)
    return np.sum(a & b) / union if union else 0.0


def context_iou(a: np.ndarray, b: np.ndarray, num_categories: int) -> float:
    """sum_k |A_k and B_k| / sum_k |A_k or B_k| over one-hot planes."""
    common = sum(np.sum((a == k) & (b == k)) for k in range(num_categories))
    union = sum(np.sum((a == k) | (b == k)) for k in range(num_categories))
    return common / union if union else 0.0


def compare_every_pair(
    queries: DescriptorSet,
    bank: DescriptorSet,
    k: int,
    weight: float,
    ids: np.ndarray,
    query_photos: np.ndarray,
    bank_photos: np.ndarray,
    one_per_photo: bool,
) -> list[list[tuple[int, float, float, float]]]:
    """Return (id, score, mask IoU, context IoU) of the best k of each query, straight from the definition."""
    results = []
    for q in range(len(queries)):
        ranked = []
        for n in range(len(bank)):
            shape = mask_iou(queries.masks[q], bank.masks[n])
            surroundings = context_iou(queries.contexts[q], bank.contexts[n], bank.num_categories)
            if shape > 0 and (query_photos[q] < 0 or query_photos[q] != bank_photos[n]):
                score = shape + weight * surroundings
                ranked.append((int(ids[n]), float(score), float(shape), float(surroundings), int(bank_photos[n])))
        ranked.sort(key=lambda hit: (-hit[1], hit[0]))
        if one_per_photo:
            ranked = [hit for i, hit in enumerate(ranked) if hit[4] not in {other[4] for other in ranked[:i]}]
        results.append([hit[:4] for hit in ranked[:k]])
    return results


def index_of(bank: DescriptorSet, ids: np.ndarray, photos: np.ndarray) -> SearchIndex:
    packed = [pack(each, bank.num_categories) for each in bank]
    return build_index(packed, photos, np.arange(len(bank)), ids, bank.grid, bank.num_categories)


def as_lists(matches: Matches, index: SearchIndex) -> list[list[tuple[int, float, float, float]]]:
    rows = []
    for places, *figures in zip(matches.places, matches.scores, matches.mask_ious, matches.context_ious, strict=True):
        num_found = int((places >= 0).sum())
        assert (places[num_found:] == -1).all()
        ids = index.ranks.reshape(-1)[places[:num_found]]
        assert all(np.isnan(values[num_found:]).all() for values in figures)
        rows.append([tuple(v.item() for v in hit) for hit in zip(ids, *(f[:num_found] for f in figures), strict=True)])
    return rows


def descriptor(rng: np.random.Generator, grid: tuple[int, int], num_categories: int) -> Descriptor:
    """A rectangle with a few holes in a layout of stripes, or rarely an empty mask or a void layout."""
    height, width = grid
    labels = rng.integers(0, num_categories, height).astype(np.uint8)[:, None].repeat(width, axis=1)
    labels[:, rng.integers(0, width) :] = rng.choice([0, num_categories - 1, VOID])
    if rng.random() < 0.05:
        labels[:] = VOID
    top, left = int(rng.integers(0, height)), int(rng.integers(0, width))
    box = (top, left, int(rng.integers(top + 1, height + 1)), int(rng.integers(left + 1, width + 1)))
    mask = np.zeros(grid, dtype=bool)
    mask[box[0] : box[2], box[1] : box[3]] = rng.random() > 0.05
    mask &= rng.random(grid) > 0.1
    return describe(mask, labels, box, grid, num_categories)


def describe_rectangle(left: int, right: int) -> Descriptor:
    labels = np.full((8, 32), VOID, dtype=np.uint8)
    labels[:, left:right] = 0
    return describe(labels == 0, labels, (0, left, 8, right), (8, 32), 1)


def random_set(rng: np.random.Generator, size: int, grid: tuple[int, int], num_categories: int) -> DescriptorSet:
    """Random descriptors, some of them twice so that scores tie."""
    made = [descriptor(rng, grid, num_categories) for _ in range(size)]
    made = [made[int(rng.integers(0, i + 1))] if rng.random() < 0.3 else item for i, item in enumerate(made)]
    return DescriptorSet.stack(made, grid, num_categories)


def rows(*pictures: str) -> DescriptorSet:
    """One-row layouts on a 1x8 grid: '#' is the mask, of category 0; digits other labels; '.' void."""
    made = []
    for text in pictures:
        labels = np.array([[VOID if c == "." else 0 if c == "#" else int(c) for c in text]], dtype=np.uint8)
        mask = np.array([[c == "#" for c in text]])
        made.append(describe(mask, labels, (0, 0, 1, 8), (1, 8), NUM_CATEGORIES))
    return DescriptorSet.stack(made, (1, 8), NUM_CATEGORIES)


def search(
    queries: DescriptorSet,
    bank: DescriptorSet,
    k: int,
    *,
    ids: np.ndarray | None = None,
    bank_photos: np.ndarray | None = None,
    query_photos: np.ndarray | None = None,
    **options,
) -> list[list[tuple]]:
    every = np.arange(len(bank))
    index = index_of(bank, every if ids is None else ids, every if bank_photos is None else bank_photos)
    nowhere = np.full(len(queries), -1)
    found = top_k(queries, index, k, query_photos=nowhere if query_photos is None else query_photos, **options)
    return as_lists(found, index)


def test_scores_by_hand():
    query = rows("##111...")
    bank = rows(
        "##111...",  # the same: 1 + 1
        "###11...",  # masks 2 of 3; contexts 4 cells equal, 5 + 5 - 4 = 6
        "....####",  # masks apart: no candidate, whatever the context
        "#.......",  # masks 1 of 2; contexts 1 of 5 + 1 - 1
    )
    assert search(query, bank, 4) == [[(0, 2.0, 1.0, 1.0), (1, 2 / 3 + 4 / 6, 2 / 3, 4 / 6), (3, 0.5 + 0.2, 0.5, 0.2)]]


def test_void_equals_nothing_not_even_void():
    assert search(rows("#......."), rows("#......."), 1) == [[(0, 2.0, 1.0, 1.0)]]
    voids = rows("#......."), rows("#1111111")
    assert search(*voids, 1) == [[(0, 1.0 + 1 / 8, 1.0, 1 / 8)]]


def test_context_weight_decides():
    query = rows("####1111")
    bank = rows("####2222", "###11111")  # the shape of the query in other surroundings; another shape in its own
    # Context: 4 of 12 against 7 of 9; mask: 1 against 3 of 4.
    assert [hit[0] for hit in search(query, bank, 2, context_weight=1.0)[0]] == [1, 0]
    assert search(query, bank, 2, context_weight=0.0) == [[(0, 1.0, 1.0, 4 / 12), (1, 0.75, 0.75, 7 / 9)]]


def test_ties_go_to_the_lower_id():
    same = ["##1....."] * 5
    hits = search(rows(*same[:1]), rows(*same), 3, ids=np.array([50, 7, 30, 9, 8]))
    assert [hit[0] for hit in hits[0]] == [7, 8, 9]


def test_own_photo_is_excluded():
    same = ["##1....."] * 3
    photos = np.array([0, 1, 1])
    queries = rows(*same[:1] * 3)
    hits = search(queries, rows(*same), 3, query_photos=np.array([0, 1, -1]), bank_photos=photos)
    assert [[hit[0] for hit in row] for row in hits] == [[1, 2], [0], [0, 1, 2]]


def test_a_segment_without_photo_is_no_candidate():
    bank = rows("##......", "#.......")
    index = index_of(bank, np.arange(2), np.array([NO_PHOTO, 5]))
    found = top_k(rows("##......"), index, 2, query_photos=np.array([-1]))
    assert [hit[0] for hit in as_lists(found, index)[0]] == [1]


def test_one_per_photo_keeps_the_best_of_each():
    query = rows("####....")
    bank = rows("#.......", "####....", "###.....", "##......", "##......")
    photos = np.array([5, 5, 5, 6, 6])
    hits = search(query, bank, 4, bank_photos=photos, one_per_photo=True)
    assert [hit[0] for hit in hits[0]] == [1, 3]


def test_empty_mask_and_empty_sets_find_nothing():
    some, none = rows("##......"), DescriptorSet.stack([], (1, 8), NUM_CATEGORIES)
    assert search(rows("11111111"), some, 2) == [[]]
    assert search(some, rows("11111111"), 2) == [[]]
    assert search(some, none, 2) == [[]]
    assert search(none, some, 2) == []


@settings(max_examples=70)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_bank=st.sampled_from([0, 1, 30, 64, 65, 150]),
    k=st.integers(1, 12),
    weight=st.sampled_from([0.0, 0.3, 1.0, 2.5]),
    one_per_photo=st.booleans(),
    grid=st.sampled_from([(4, 8), (5, 13), (16, 64), (24, 40), (3, 100)]),
    num_categories=st.sampled_from([1, 3, 19, 254]),
)
def test_equals_comparing_every_pair(seed, num_bank, k, weight, one_per_photo, grid, num_categories):
    rng = np.random.default_rng(seed)
    bank = random_set(rng, num_bank, grid, num_categories)
    queries = random_set(rng, 4, grid, num_categories)
    ids = rng.permutation(3 * num_bank)[:num_bank]
    query_photos, bank_photos = rng.integers(-1, 6, len(queries)), rng.integers(0, 8, num_bank)
    expected = compare_every_pair(queries, bank, k, weight, ids, query_photos, bank_photos, one_per_photo)
    found = search(
        queries,
        bank,
        k,
        ids=ids,
        bank_photos=bank_photos,
        query_photos=query_photos,
        context_weight=weight,
        one_per_photo=one_per_photo,
    )
    assert found == expected


def test_pruning_loses_nothing_in_a_larger_bank():
    rng = np.random.default_rng(1)
    grid = (16, 32)
    bank, queries = random_set(rng, 800, grid, 5), random_set(rng, 6, grid, 5)
    ids, photos, nowhere = np.arange(800), np.arange(800) // 7, np.full(6, -1)
    for one_per_photo in (False, True):
        expected = compare_every_pair(queries, bank, 10, 1.0, ids, nowhere, photos, one_per_photo)
        assert search(queries, bank, 10, bank_photos=photos, one_per_photo=one_per_photo) == expected


def test_what_cannot_be_a_candidate_is_not_looked_at():
    left, right = [describe_rectangle(0, 4)] * 64, [describe_rectangle(20, 24)] * 63 + [describe_rectangle(22, 26)]
    index = index_of(DescriptorSet.stack(left + right, (8, 32), 1), np.arange(128), np.arange(128))
    found = top_k(DescriptorSet.stack(left[:1], (8, 32), 1), index, 10, query_photos=np.array([-1]))
    assert found.visited.tolist() == [[64, 64]]  # the leaf of those at the left, all of which are as good as the best
    found = top_k(DescriptorSet.stack(right[:1], (8, 32), 1), index, 10, query_photos=np.array([-1]))
    assert found.visited.tolist() == [[64, 63]]  # the last one of the other leaf shares two of its four columns


def test_result_does_not_depend_on_threads_or_on_the_order_of_the_bank():
    rng = np.random.default_rng(2)
    bank, queries = random_set(rng, 300, (8, 32), 5), random_set(rng, 40, (8, 32), 5)
    before = numba.get_num_threads()
    found = search(queries, bank, 10)
    try:
        numba.set_num_threads(1)
        assert search(queries, bank, 10) == found
    finally:
        numba.set_num_threads(before)
    order = rng.permutation(300)
    shuffled = DescriptorSet(bank.masks[order], bank.contexts[order], bank.num_categories)
    assert search(queries, shuffled, 10, ids=order, bank_photos=order) == found


def test_an_index_that_was_written_finds_the_same(tmp_path):
    rng = np.random.default_rng(3)
    bank, queries = random_set(rng, 200, (13, 40), 5), random_set(rng, 5, (13, 40), 5)
    index = index_of(bank, np.arange(200), np.arange(200))
    write_index(tmp_path / "index.arrow", index)
    found = [
        top_k(queries, each, 10, query_photos=np.full(5, -1)) for each in (index, read_index(tmp_path / "index.arrow"))
    ]
    assert as_lists(found[0], index) == as_lists(found[1], index)


def test_arguments_that_do_not_fit():
    one = rows("##......")
    with pytest.raises(SimsError, match="another grid or class table"):
        search(one, DescriptorSet.stack([], (2, 8), NUM_CATEGORIES), 1)
    with pytest.raises(SimsError, match="another grid or class table"):
        search(one, DescriptorSet.stack([], (1, 8), NUM_CATEGORIES + 1), 1)
    with pytest.raises(ValueError, match="one entry per query"):
        search(one, one, 1, query_photos=np.array([1, 2]))
    with pytest.raises(ValueError, match="k >= 1"):
        search(one, one, 0)


def test_config_bounds():
    right = {
        "num_candidates": 10,
        "context_weight": 1.0,
        "one_per_photo": False,
        "banned": ("a", "b:0001"),
        "split_margin": 0.1,
    }
    RetrieveConfig(**right)
    for wrong in (
        {"num_candidates": 0},
        {"context_weight": -0.1},
        {"num_candidates": 101},
        {"context_weight": 11.0},
        {"banned": (3,)},
    ):
        with pytest.raises(ValidationError):
            RetrieveConfig(**(right | wrong))


def test_config_is_light_to_import():
    code = "import sys, sims_core.retrieval.search; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
