import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.bank.partitions import PartitionWriter
from sims_core.formats.bank import partition_name

PICTURES = ("crop", "mask", "merged_mask", "context_labels")


def row_of(number, category, num_bytes):
    """A row of the bank whose four pictures take so many bytes together."""
    sizes = (num_bytes - num_bytes // 4 * 3, *[num_bytes // 4] * 3)
    cells = {name: {"bytes": bytes(size), "path": None} for name, size in zip(PICTURES, sizes, strict=True)}
    numbers = dict.fromkeys(("frame_height_px", "frame_width_px", "area_px"), 1)
    boxes = {"box": [0, 0, 1, 1], "context_box": [0, 0, 1, 1]}
    ids = {"segment_id": f"s:{number:04d}", "scene_id": "s", "component": number, "category_id": category}
    return {**ids, **numbers, **boxes, **cells, "licence": "CC0"}


def shards_of(folder, classes):
    """By category, the components in each shard."""
    found = {}
    for category, name in enumerate(classes.names):
        paths = sorted((folder / partition_name(name)).glob("part-*.parquet"))
        if paths:
            found[category] = [pq.read_table(path, partitioning=None)["component"].to_pylist() for path in paths]
    return found


def written(folder, classes, rows, most_bytes):
    writer = PartitionWriter(folder, classes, most_bytes)
    for row in rows:
        writer.add(row)
    writer.close()
    return shards_of(folder, classes)


@pytest.mark.parametrize(("num_rows", "expected"), [(1, [1]), (512, [512]), (513, [512, 1]), (1100, [512, 512, 76])])
def test_a_shard_has_512_rows(tmp_path, classes, num_rows, expected):
    shards = written(tmp_path, classes, [row_of(n, 1, 4) for n in range(num_rows)], most_bytes=10**6)
    assert [len(shard) for shard in shards[1]] == expected


def test_the_category_with_the_most_bytes_goes_first_when_too_many_wait(tmp_path, classes):
    sizes = [(0, 40), (1, 50), (0, 5), (0, 20)]  # after the last one 115 bytes wait, 65 of them of category 0
    shards = written(tmp_path, classes, [row_of(n, *size) for n, size in enumerate(sizes)], most_bytes=100)
    assert shards == {0: [[0, 2, 3]], 1: [[1]]}
    more = [*sizes, (0, 60)]  # 110 bytes
    shards = written(tmp_path / "more", classes, [row_of(n, *size) for n, size in enumerate(more)], most_bytes=100)
    assert shards == {0: [[0, 2, 3], [4]], 1: [[1]]}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=25), st.integers(1, 120))
def test_every_row_is_written_once_and_in_order(classes, sizes, most_bytes):
    with tempfile.TemporaryDirectory() as name:
        rows = [row_of(number, *size) for number, size in enumerate(sizes)]
        shards = written(Path(name), classes, rows, most_bytes)
    expected = {of: [n for n, (category, _) in enumerate(sizes) if category == of] for of, _ in sizes}
    assert {of: [n for shard in found for n in shard] for of, found in shards.items()} == expected
    # What waits together is a shard at the latest when it is closed: no shard is above the bound but by its last row.
    for of, found in shards.items():
        assert all(sum(sizes[n][1] for n in shard[:-1]) <= most_bytes for shard in found), of
