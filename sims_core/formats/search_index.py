"""The search index of one category of the bank: an uncompressed Arrow file that is memory-mapped, not read.

A row is a leaf: 64 segments that are alike in box and area, filled up with empty places. What a search looks at for
every segment lies together and is small; the bits that decide lie apart, and a search touches those of few segments.
`bank/search_index.py` makes indexes, `retrieval` searches them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sims_core.base.errors import SimsError

LEAF_SIZE = 64
NUM_BOUNDS = 16
NO_PHOTO = -1
_STAMP = "search_index/1"
_AGAIN = "run stage 'extract_bank' again"


@dataclass(frozen=True, kw_only=True)
class SearchIndex:
    """Segments of one category in L leaves of 64 places; arrays may be read-only views of a file.

    Attributes:
        grid: (height, width) in cells.
        num_categories: Size of the class table.
        bounds: (L, 16) int32, what holds for all segments of a leaf: box around all masks (top, left, bottom, right) in
            cells, least and largest mask area; the same of the contexts; box of the leaf's blocks, in blocks.
        photos: (L, 64) int32 codes of the source photos, -1 in an empty place.
        components: (L, 64) int32, index of the segment in its photo.
        ranks: (L, 64) int32, rank of the segment's id among those of the category; equal scores go by it.
        mask_areas: (L, 64) int32, cells.
        context_areas: (L, 64) int32, cells.
        first_words: (L, 64) int64, row of `words` at which the segment's begin.
        first_blocks: (L,) int64, row of `sketch` at which the leaf's begin.
        sketch: (B, 4, 64) uint8, for each block of a leaf the counts of its segments (`bank/blocks.py`).
        words: (M, 1 + planes) uint64, segment by segment the blocks that counts do not describe wholly.
    """

    grid: tuple[int, int]
    num_categories: int
    bounds: NDArray[np.int32]
    photos: NDArray[np.int32]
    components: NDArray[np.int32]
    ranks: NDArray[np.int32]
    mask_areas: NDArray[np.int32]
    context_areas: NDArray[np.int32]
    first_words: NDArray[np.int64]
    first_blocks: NDArray[np.int64]
    sketch: NDArray[np.uint8]
    words: NDArray[np.uint64]

    def __len__(self) -> int:
        """Return the number of segments."""
        return int(np.count_nonzero(self.photos != NO_PHOTO))


_PER_PLACE = {
    "photos": pa.int32(),
    "components": pa.int32(),
    "ranks": pa.int32(),
    "mask_areas": pa.int32(),
    "context_areas": pa.int32(),
    "first_words": pa.int64(),
}


def _schema(num_words: int) -> pa.Schema:
    places = [pa.field(name, pa.list_(kind, LEAF_SIZE), nullable=False) for name, kind in _PER_PLACE.items()]
    return pa.schema(
        [
            pa.field("bounds", pa.list_(pa.int32(), NUM_BOUNDS), nullable=False),
            *places,
            pa.field("sketch", pa.large_list(pa.list_(pa.uint8(), 4 * LEAF_SIZE)), nullable=False),
            pa.field("words", pa.large_list(pa.list_(pa.uint64(), num_words)), nullable=False),
        ]
    )


def write_index(path: Path, index: SearchIndex) -> None:
    """Write an index; use inside `files.atomic_folder`."""
    metadata = {
        "sims.format": _STAMP,
        "grid": f"{index.grid[0]} {index.grid[1]}",
        "num_categories": str(index.num_categories),
    }
    schema = _schema(index.words.shape[1]).with_metadata(metadata)
    first_words = np.append(index.first_words[:, 0], len(index.words))
    columns: dict[str, pa.Array] = {
        "bounds": _fixed(index.bounds),
        **{name: _fixed(getattr(index, name)) for name in _PER_PLACE},
        "sketch": _lists(np.append(index.first_blocks, len(index.sketch)), _fixed(index.sketch)),
        "words": _lists(first_words, _fixed(index.words)),
    }
    batch = pa.record_batch([columns[field.name].cast(field.type) for field in schema], schema=schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(batch)


def read_index(path: Path) -> SearchIndex:
    """Map an index into memory; nothing but its ends is read now.

    Raises:
        SimsError: It is cut off, or of another format or version.
    """
    try:
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        metadata = {key.decode(): value.decode() for key, value in (batch.schema.metadata or {}).items()}
    except (pa.ArrowInvalid, OSError) as error:
        raise SimsError(path, "Arrow file is damaged", found=str(error).split(". ")[0], remedy=_AGAIN) from error
    if metadata.get("sims.format") != _STAMP:
        raise SimsError(
            path, "another format", expected=_STAMP, found=metadata.get("sims.format", "none"), remedy=_AGAIN
        )
    words = batch.column("words").values
    expected = _schema(words.type.list_size)
    if not batch.schema.equals(expected):
        raise SimsError(path, "other columns", expected=expected.names, found=batch.schema.names, remedy=_AGAIN)
    height, width = (int(size) for size in metadata["grid"].split())
    return SearchIndex(
        grid=(height, width),
        num_categories=int(metadata["num_categories"]),
        bounds=_array(batch.column("bounds")),
        first_blocks=_view(batch.column("sketch").offsets)[:-1],
        sketch=_array(batch.column("sketch").values).reshape(-1, 4, LEAF_SIZE),
        words=_array(words),
        **{name: _array(batch.column(name)) for name in _PER_PLACE},
    )


def _fixed(rows: NDArray[Any]) -> pa.Array:
    size = int(np.prod(rows.shape[1:]))
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), size)


def _lists(offsets: NDArray[np.int64], values: pa.Array) -> pa.Array:
    return pa.LargeListArray.from_arrays(pa.array(offsets), values)


def _array(column: pa.Array) -> NDArray[Any]:
    """Return the (rows, size) view of a column of lists of one size."""
    return _view(column.values).reshape(-1, column.type.list_size)


def _view(numbers: pa.Array) -> NDArray[Any]:
    """Return a view of a whole array. Its `to_numpy` would import pandas, which takes a third of a second."""
    kind: np.dtype[Any] = np.dtype(str(numbers.type))
    return np.frombuffer(numbers.buffers()[1], dtype=kind, count=len(numbers))
