"""How fast the ten best of a large bank are found, whether they are the right ones, and what others take.

    python -m benchmarks.retrieval --scenes data/scenes --category car --folder /tmp/benchmark

Bank and queries are made of the training and the validation scenes of a project (`benchmarks/many_segments.py`) and
kept in the folder. For banks of 10,000 segments up to the largest: time per query when 64 ask at once, shares of the
segments that were bounded one by one and that were compared bit by bit. On the largest: ids, scores and both IoUs of
all queries against every pair, one query in a fresh process, peak memory. Beside them, on the masks alone: a BLAS
product, and NumKong's Jaccard kernel where it is installed (`pip install numkong`). Set OMP_NUM_THREADS=1 for these two
to be of one core.
"""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.every_pair import Hit, rank_every_pair
from benchmarks.many_segments import GRID, Layouts, index_of, load_queries, make_segments, queries, save_queries
from sims_core.bank.descriptors import DescriptorSet
from sims_core.formats.scenes import SceneReader
from sims_core.formats.search_index import SearchIndex, read_index, write_index
from sims_core.retrieval.search import Matches, top_k

K = 10
NUM_AT_ONCE = 64
NUM_REPEATS = 5
NUM_CELLS = GRID[0] * GRID[1]
# The demo's minimum size of a component that asks.
LEAST_AREA = 0.002


def search(asked: DescriptorSet, index: SearchIndex) -> Matches:
    """Return the ten best of a bank, of whatever photo."""
    return top_k(asked, index, K, query_photos=np.full(len(asked), -1))


def part(asked: DescriptorSet, size: int) -> DescriptorSet:
    """Return the first queries."""
    return DescriptorSet(asked.masks[:size], asked.contexts[:size], asked.num_categories)


def as_hits(matches: Matches, index: SearchIndex) -> list[list[Hit]]:
    """Return (id, score, mask IoU, context IoU) of the hits of each query."""
    ids = np.where(matches.places >= 0, index.ranks.reshape(-1)[matches.places], -1)
    columns = (ids, matches.scores, matches.mask_ious, matches.context_ious)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [[hit for hit in zip(*row, strict=True) if hit[0] >= 0] for row in rows]


def measure(asked: DescriptorSet, index: SearchIndex) -> float:
    """Print what a query costs when many ask at once; return its processor seconds."""
    matches = search(asked, index)
    wall, processor = [], []
    for _ in range(NUM_REPEATS):
        before = time.perf_counter(), time.process_time()
        search(asked, index)
        wall.append(time.perf_counter() - before[0])
        processor.append(time.process_time() - before[1])
    wall_s, processor_s = (float(np.median(times)) / len(asked) for times in (wall, processor))
    bounded, compared = matches.visited.mean(axis=0) / len(index)
    print(
        f"{len(index):9,d} segments: {wall_s * 1e3:6.2f} ms a query, {processor_s * 1e3:6.2f} ms of processor; "
        f"bounded one by one {bounded:.2%}, compared {compared:.3%}; "
        f"{len(index) / processor_s / 1e6:,.0f} M segments = {len(index) * NUM_CELLS / processor_s / 1e9:,.0f} Gbit of "
        f"masks a second and core; 10th best score {np.nanmean(matches.scores[:, -1]):.3f}"
    )
    return processor_s


def rivals(asked: DescriptorSet, size: int = 20_000) -> None:
    """Print what a BLAS product and NumKong take for the masks of 64 queries and so many segments of random bits."""
    bits = np.random.default_rng(0).integers(0, 256, (size, NUM_CELLS // 8)).astype(np.uint8)
    own = np.packbits(asked.masks.reshape(len(asked), -1), axis=1)
    dense = np.unpackbits(bits, axis=1).T.astype(np.float32)
    own_dense = asked.masks.reshape(len(asked), -1).astype(np.float32)
    _rival("BLAS product of float32", lambda: own_dense @ dense, len(asked) * size)
    try:
        numkong = importlib.import_module("numkong")
    except ImportError:
        print("NumKong is not installed")
        return
    packed = numkong.hammings_pack(bits)
    distances = np.asarray(numkong.jaccards_packed(own, packed))
    common = own_dense @ dense
    union = own_dense.sum(axis=1)[:, None] + dense.sum(axis=0) - common
    if not np.allclose(1 - distances, common / union, atol=1e-5):
        raise typer.BadParameter("NumKong's Jaccard distances are not those of the masks")
    _rival("NumKong's jaccards_packed", lambda: numkong.jaccards_packed(own, packed), len(asked) * size)


def _rival(name: str, compare: object, num_pairs: int) -> None:
    times = []
    for _ in range(NUM_REPEATS):
        before = time.process_time()
        compare()  # type: ignore[operator]
        times.append(time.process_time() - before)
    rate = num_pairs / float(np.median(times))
    print(
        f"{name}: {rate / 1e6:.1f} M masks = {rate * NUM_CELLS / 1e9:,.0f} Gbit a second and core, "
        f"{1e6 / rate * 1e3:,.0f} ms of processor for a query of 1,000,000"
    )


def measure_alone(index_path: Path, asked_path: Path) -> None:
    """Print the medians of `one_query` over fresh processes; the first, which may compile, does not count."""
    command = [sys.executable, "-m", "benchmarks.one_query", str(index_path), str(asked_path), str(NUM_AT_ONCE)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        for _ in range(1 + NUM_REPEATS)
    ][1:]
    middle = {name: float(np.median([run[name] for run in runs])) for name in runs[0]}
    print("fresh process:", ", ".join(f"{name} {value:,.0f}" for name, value in middle.items()))


def make(scenes: Path, category: str, sizes: list[int], num_queries: int, folder: Path) -> tuple[list[Path], Path]:
    """Make the indexes and queries that are not there yet; return their paths."""
    reader = SceneReader(scenes)
    number = reader.classes.names.index(category)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{category}-{size}.arrow" for size in sizes]
    if not all(path.exists() for path in paths):
        layouts = Layouts(list(reader.scenes("train")), reader.classes, number)
        segments, windows = make_segments(layouts, sizes[-1])
        for size, path in zip(sizes, paths, strict=True):
            write_index(path, index_of(segments[:size], windows[:size], layouts))
    asked_path = folder / f"{category}-queries-{num_queries}.npz"
    if not asked_path.exists():
        layouts = Layouts(list(reader.scenes("val")), reader.classes, number)
        made = queries(layouts, num_queries, int(LEAST_AREA * NUM_CELLS))
        save_queries(asked_path, DescriptorSet.stack(made, GRID, len(reader.classes)))
    return paths, asked_path


def main(
    folder: Annotated[Path, typer.Option(help="Where banks and queries are kept.")],
    scenes: Annotated[Path, typer.Option(help="Scenes of a project.")] = Path("data/scenes"),
    category: Annotated[str, typer.Option(help="Of all segments.")] = "car",
    size: Annotated[int, typer.Option(help="Segments of the largest bank, a power of ten.")] = 1_000_000,
    num_queries: Annotated[int, typer.Option(help="Compared with every pair.")] = 200,
) -> None:
    """Measure retrieval, and check it."""
    sizes = [10**power for power in range(4, round(math.log10(size)) + 1)]
    paths, asked_path = make(scenes, category, sizes, num_queries, folder)
    asked = load_queries(asked_path)
    costs = [measure(part(asked, NUM_AT_ONCE), read_index(path)) for path in paths]
    slopes = ", ".join(f"{later / earlier:.1f}" for earlier, later in pairwise(costs))
    print(f"times the processor time for ten times the segments: {slopes}")
    measure_alone(paths[-1], asked_path)
    index = read_index(paths[-1])
    found = as_hits(search(asked, index), index)
    expected = rank_every_pair(asked, index, K)
    num_equal = sum(a == b for a, b in zip(found, expected, strict=True))
    print(f"equal to every pair of {len(index):,d} segments: {num_equal} of {len(asked)} queries")
    rivals(part(asked, NUM_AT_ONCE))
    if num_equal < len(asked):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
