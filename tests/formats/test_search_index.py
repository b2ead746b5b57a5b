"""A search index written and mapped: every array as it was, and nothing that is cut off or foreign."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pyarrow as pa
import pytest

from sims_core.base.errors import SimsError
from sims_core.formats.search_index import LEAF_SIZE, NUM_BOUNDS, SearchIndex, read_index, write_index

PLACES = np.arange(2 * LEAF_SIZE, dtype=np.int32).reshape(2, LEAF_SIZE)
# Every number is another one.
INDEX = SearchIndex(
    grid=(24, 40),
    num_categories=3,
    bounds=np.arange(2 * NUM_BOUNDS, dtype=np.int32).reshape(2, NUM_BOUNDS),
    photos=PLACES + 1,
    components=PLACES + 2,
    ranks=PLACES + 3,
    mask_areas=PLACES + 4,
    context_areas=PLACES + 5,
    first_words=np.minimum(PLACES, 5).astype(np.int64),
    first_blocks=np.array([0, 1]),
    sketch=np.arange(3 * 4 * LEAF_SIZE).astype(np.uint8).reshape(3, 4, LEAF_SIZE),
    words=np.arange(5 * 3, dtype=np.uint64).reshape(5, 3),
)


@pytest.fixture
def path(tmp_path):
    write_index(tmp_path / "below" / "index.arrow", INDEX)
    return tmp_path / "below" / "index.arrow"


def test_an_index_is_read_as_it_was_written(path):
    found = read_index(path)
    for field in fields(SearchIndex):
        value, expected = getattr(found, field.name), getattr(INDEX, field.name)
        assert np.array_equal(value, expected), field.name
        assert getattr(value, "dtype", None) == getattr(expected, "dtype", None), field.name
    assert len(found) == 128


def test_arrays_are_views_of_the_file(path):
    before = pa.total_allocated_bytes()
    found = read_index(path)
    assert pa.total_allocated_bytes() == before
    assert not found.words.flags.writeable


def test_an_index_of_nothing(tmp_path):
    nothing = {
        field.name: getattr(INDEX, field.name)[:0]
        for field in fields(SearchIndex)
        if field.name not in ("grid", "num_categories")
    }
    write_index(tmp_path / "index.arrow", replace(INDEX, **nothing))
    found = read_index(tmp_path / "index.arrow")
    assert (len(found), found.sketch.shape, found.words.shape) == (0, (0, 4, LEAF_SIZE), (0, 3))


def test_damage_is_named(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SimsError, match=r"index.arrow: Arrow file is damaged.*run stage 'extract_bank' again"):
        read_index(path)
    path.unlink()
    with pytest.raises(SimsError, match="damaged"):
        read_index(path)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"sims.format": "search_index/0"}, "another format, expected search_index/1, found search_index/0"),
        ({}, "expected search_index/1, found none"),
        ({"sims.format": "search_index/1", "grid": "8 8", "num_categories": "3"}, "other columns"),
    ],
)
def test_foreign_files_are_refused(tmp_path, metadata, message):
    table = pa.table({"words": pa.array([[[1, 2]]], pa.large_list(pa.list_(pa.uint64(), 2)))})
    batch = table.replace_schema_metadata(metadata).to_batches()[0]
    with pa.ipc.new_file(tmp_path / "index.arrow", batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(SimsError, match=message):
        read_index(tmp_path / "index.arrow")
