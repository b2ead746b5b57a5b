"""How fast retrieval is beside the paper's definition written in plain NumPy, and whether both agree.

    python -m benchmarks.retrieval
    python -m benchmarks.retrieval --camvid ROOT

The first measures queries per second against a bank of one category on random street-like layouts.
The plain loop visits a subset of the same pairs, on masks that are already unpacked, and its time
per pair is scaled to the whole bank; it runs on one core, the search on all. The second compares
ids and scores of the ten best for real layouts (`train/ trainannot/ val/ valannot`, CamVid in
SegNet's form).
"""

from __future__ import annotations

import platform
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from loky import cpu_count
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from sims_core.bank.descriptors import Descriptor, DescriptorSet, describe, unpack_bits, unpack_context
from sims_core.base.seeding import random_stream
from sims_core.datasets.adapters.camvid import CLASSES, open_dataset
from sims_core.datasets.settings import CamvidSource
from sims_core.retrieval.search import Matches, top_k
from sims_core.scenes.classes import VOID
from sims_core.scenes.segmented_layout import SegmentsConfig, is_large
from sims_core.scenes.segments import Segment, extract_segments

GRID = (64, 128)
K = 10
# A street scene's table: Cityscapes' 19 categories; the bank holds one of them.
NUM_CATEGORIES = 19
BANK_CATEGORY = 13
# The released code's threshold, 1000 px of 256x512.
LARGE = SegmentsConfig(min_area_fraction=0.0076)
NUM_REPEATS = 5

Hit = tuple[int, float]


class Memory(NamedTuple):
    """Segments of one category with integer photo codes."""

    descriptors: DescriptorSet
    photos: NDArray[np.int64]


class Planes(NamedTuple):
    """Unpacked segments: masks (N, height, width) bool, contexts (N, categories, height, width) bool."""

    masks: NDArray[np.bool_]
    contexts: NDArray[np.bool_]


def unpack(descriptors: DescriptorSet, rows: slice) -> Planes:
    """Unpack some segments into masks and one-hot contexts."""
    labels = unpack_context(descriptors.context_bits[rows], descriptors.grid)
    one_hot = labels[:, None] == np.arange(descriptors.num_categories)[:, None, None]
    return Planes(unpack_bits(descriptors.mask_bits[rows], descriptors.grid), one_hot)


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return sum |A and B| / sum |A or B|, over the cells of a mask or of all one-hot planes."""
    union = np.count_nonzero(a | b)
    return float(np.count_nonzero(a & b) / union) if union else 0.0


def plain_loop(queries: Planes, bank: Planes) -> NDArray[np.float64]:
    """Return (Q, N, 2): mask IoU and context IoU, pair by pair."""
    ious = np.empty((len(queries.masks), len(bank.masks), 2))
    for q in range(len(queries.masks)):
        for n in range(len(bank.masks)):
            ious[q, n, 0] = iou(queries.masks[q], bank.masks[n])
            ious[q, n, 1] = iou(queries.contexts[q], bank.contexts[n])
    return ious


def plain_ranking(ious: NDArray[np.float64]) -> list[list[Hit]]:
    """Rank the pairs of `plain_loop`: candidates meet the mask, by falling score, then by rising id."""
    ranked = []
    for mask_ious, context_ious in ious.transpose(0, 2, 1):
        scores = mask_ious + context_ious
        order = sorted(np.flatnonzero(mask_ious > 0), key=lambda n: (-scores[n], n))
        ranked.append([(int(n), float(scores[n])) for n in order[:K]])
    return ranked


def as_hits(matches: Matches) -> list[list[Hit]]:
    """Return the (id, score) pairs of each query."""
    return [
        [(int(i), float(score)) for i, score in zip(ids, scores, strict=True) if i >= 0]
        for ids, scores in zip(matches.ids, matches.scores, strict=True)
    ]


def random_layout(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw Voronoi regions whose category depends on their height, with rectangles and ellipses in front."""
    num_seeds = int(np.exp(rng.uniform(np.log(8), np.log(60))))
    seeds = rng.uniform((0, 0), GRID, (num_seeds, 2))
    centres = np.stack(np.meshgrid(np.arange(GRID[0]) + 0.5, np.arange(GRID[1]) + 0.5, indexing="ij"), axis=-1)
    by_height = seeds[:, 0] / GRID[0] * NUM_CATEGORIES + rng.normal(0, 4, num_seeds)
    categories = np.clip(by_height, 0, NUM_CATEGORIES - 1).astype(np.uint8)
    labels: NDArray[np.uint8] = categories[cKDTree(seeds).query(centres)[1]]
    for _ in range(int(rng.integers(2, 9))):
        half_size = rng.uniform((3, 3), (16, 28))
        away = np.abs(centres - rng.uniform((20, 0), (60, GRID[1]))) / half_size
        inside = (away**2).sum(axis=-1) < 1 if rng.random() < 0.5 else away.max(axis=-1) < 1
        labels[inside] = BANK_CATEGORY if rng.random() < 0.6 else rng.integers(0, NUM_CATEGORIES)
    if rng.random() < 0.3:
        labels[-4:] = VOID  # as the bonnet of the camera car
    return labels


def describe_segment(segment: Segment, labels: NDArray[np.uint8], num_categories: int) -> Descriptor:
    """Describe a segment of a layout on the benchmark's grid."""
    shape = (labels.shape[0], labels.shape[1])
    return describe(segment.full_mask(shape), labels, segment.box, GRID, num_categories)


def random_memory(size: int, purpose: str, first_photo: int) -> Memory:
    """Collect the large segments of one category of random layouts."""
    described: list[Descriptor] = []
    photos: list[int] = []
    number = 0
    while len(described) < size:
        labels = random_layout(random_stream(0, "benchmark", purpose, number))
        large = [s for s in components(labels, BANK_CATEGORY) if is_large(s.area_px, GRID, LARGE)]
        described += [describe_segment(segment, labels, NUM_CATEGORIES) for segment in large]
        photos += [first_photo + number] * len(large)
        number += 1
    return Memory(DescriptorSet.stack(described[:size], GRID, NUM_CATEGORIES), np.array(photos[:size]))


def components(labels: NDArray[np.uint8], category: int) -> list[Segment]:
    """Return the connected components of one category."""
    alone = np.where(labels == category, 0, VOID).astype(np.uint8)
    return extract_segments(alone, CLASSES)


def search(queries: Memory, bank: Memory) -> Matches:
    """Return the ten best of the bank, with the row as id."""
    return top_k(
        queries.descriptors,
        bank.descriptors,
        K,
        bank_ids=np.arange(len(bank.photos)),
        query_photos=queries.photos,
        bank_photos=bank.photos,
    )


def seconds(queries: Memory, bank: Memory) -> float:
    """Return the median time of one batched search, preparation of the bank included."""
    times = []
    for _ in range(NUM_REPEATS):
        start = time.perf_counter()
        search(queries, bank)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def part(memory: Memory, size: int) -> Memory:
    """Return the first segments of a memory."""
    whole = memory.descriptors
    few = DescriptorSet(whole.mask_bits[:size], whole.context_bits[:size], whole.grid, whole.num_categories)
    return Memory(few, memory.photos[:size])


def measure_speed(num_bank: int, num_loop_bank: int, num_loop_queries: int) -> None:
    """Print queries per second of the batched search and of the plain loop, and their ratio."""
    bank, many = random_memory(num_bank, "bank", 0), random_memory(1024, "queries", 10**9)
    print(f"{platform.processor() or platform.machine()}, {cpu_count()} cores, grid {GRID}")
    print(f"bank: {num_bank} segments of one category, from {len(np.unique(bank.photos))} layouts")

    few, subset = part(many, num_loop_queries), part(bank, num_loop_bank)
    unpacked = [unpack(side.descriptors, slice(None)) for side in (few, subset)]
    start = time.perf_counter()
    ious = plain_loop(*unpacked)
    loop_s = time.perf_counter() - start
    num_pairs = ious.shape[0] * ious.shape[1]
    loop_rate = num_pairs / loop_s / num_bank
    print(
        f"plain NumPy loop: {loop_s / num_pairs * 1e6:.1f} us a pair, timed on {num_pairs} of the pairs "
        f"({ious.shape[0]} queries x {ious.shape[1]} segments) = {loop_rate:.3f} queries/s on the whole bank"
    )
    agree = plain_ranking(ious) == as_hits(search(few, subset))
    print(f"ids and scores of the {K} best equal the loop's on those pairs: {agree}")

    search(part(many, 1), bank)  # compiles
    for num_queries in (1, 64, 256, 1024):
        rate = num_queries / seconds(part(many, num_queries), bank)
        print(f"top_k, {num_queries:4d} at once: {rate:8.1f} queries/s = {rate / loop_rate:.0f} x the loop")
    if not agree:
        raise typer.Exit(1)


def camvid_memory(root: Path) -> dict[str, dict[int, Memory]]:
    """Describe the large components of every label map, by split and category."""
    described: dict[tuple[str, int], list[Descriptor]] = defaultdict(list)
    photos: dict[tuple[str, int], list[int]] = defaultdict(list)
    dataset = open_dataset(CamvidSource(dataset="camvid", root=str(root)), seed=0)
    for number, pair in enumerate(dataset.items):
        labels = dataset.read(pair).labels
        for segment in extract_segments(labels, CLASSES):
            if is_large(segment.area_px, (labels.shape[0], labels.shape[1]), LARGE):
                described[pair.split, segment.category].append(describe_segment(segment, labels, len(CLASSES)))
                photos[pair.split, segment.category].append(number)
    memory: dict[str, dict[int, Memory]] = defaultdict(dict)
    for (split, category), some in described.items():
        stacked = DescriptorSet.stack(some, GRID, len(CLASSES))
        memory[split][category] = Memory(stacked, np.array(photos[split, category]))
    return memory


def check_camvid(root: Path, num_queries: int) -> None:
    """Compare the ten best of validation components, spread over all categories, with the plain loop."""
    memory = camvid_memory(root)
    places = [(c, row) for c, side in sorted(memory["val"].items()) for row in range(len(side.photos))]
    chosen = random_stream(0, "benchmark", "camvid").permutation(len(places))[:num_queries]
    rows: dict[int, list[int]] = defaultdict(list)
    for index in sorted(int(i) for i in chosen):
        rows[places[index][0]].append(places[index][1])
    num_equal = num_total = 0
    for category, own in rows.items():
        side, bank = memory["val"][category], memory["train"][category]
        whole = side.descriptors
        picked = DescriptorSet(whole.mask_bits[own], whole.context_bits[own], whole.grid, whole.num_categories)
        found = as_hits(search(Memory(picked, side.photos[own]), bank))
        every = slice(None)
        expected = plain_ranking(plain_loop(unpack(picked, every), unpack(bank.descriptors, every)))
        equal = sum(a == b for a, b in zip(found, expected, strict=True))
        print(f"{CLASSES.names[category]:14s} {equal} of {len(own)} queries equal, bank of {len(bank.photos)}")
        num_equal, num_total = num_equal + equal, num_total + len(own)
    print(f"CamVid: ids and scores of the {K} best are identical for {num_equal} of {num_total} queries")
    if num_equal != num_total:
        raise typer.Exit(1)


def main(
    num_bank: Annotated[int, typer.Option(help="Segments in the random bank.")] = 20_000,
    num_loop_bank: Annotated[int, typer.Option(help="Segments of it that the plain loop visits.")] = 500,
    num_loop_queries: Annotated[int, typer.Option(help="Queries of the plain loop.")] = 16,
    camvid: Annotated[Path | None, typer.Option(help="CamVid root: compare on real layouts instead.")] = None,
    num_camvid_queries: Annotated[int, typer.Option(help="Validation components to compare.")] = 200,
) -> None:
    """Measure retrieval, or check it on CamVid."""
    if camvid is None:
        measure_speed(num_bank, num_loop_bank, num_loop_queries)
    else:
        check_camvid(camvid, num_camvid_queries)


if __name__ == "__main__":
    typer.run(main)
