import tempfile
import weakref
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sims_core.base.artifacts import ARTIFACT_CARD
from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_mask, decode_png, encode_png, resize_nearest
from sims_core.formats.scenes import SCENES, SceneReader, decode_depth, encode_depth, open_scenes, write_scenes
from sims_core.formats.simulated import STENCILS, read_stencils, stencil_rows
from sims_core.formats.tables import IMAGE, ShardWriter, TableFormat, TableReader, write_table
from tests.support.small_scenes import make_scene

NUMBERS = TableFormat("numbers", 3, "count", pa.schema([pa.field("n", pa.int32(), nullable=False)]))
PICTURES = TableFormat(
    "pictures",
    1,
    "draw",
    pa.schema([pa.field("n", pa.int32(), nullable=False), pa.field("one", IMAGE), pa.field("two", IMAGE)]),
)


class WatchedRow(dict):
    """A row whose life can be followed."""


def picture_row(number, *sizes):
    """A row with image cells of the given numbers of bytes; None leaves the cell empty."""
    cells = [None if size is None else {"bytes": bytes(size), "path": None} for size in sizes]
    return {"n": number, "one": cells[0], "two": cells[1]}


def shards_of(folder):
    """The rows of each shard, in order of the file names."""
    return [pq.read_table(path).to_pylist() for path in sorted(folder.glob("part-*.parquet"))]


def test_rows_come_back_in_order_over_shards(tmp_path):
    assert write_table(tmp_path, "part", NUMBERS, ({"n": i} for i in range(100)), "part", rows_per_shard=33) == 100
    assert len(list(tmp_path.glob("part-*.parquet"))) == 4
    reader = TableReader(tmp_path, NUMBERS)
    assert [row["n"] for row in reader] == list(range(100))
    assert [reader.row(i)["n"] for i in (99, 0, 33, 32)] == [99, 0, 33, 32]
    assert reader.column("n") == list(range(100))


def test_empty_table_is_one_empty_shard(tmp_path):
    write_table(tmp_path, "part", NUMBERS, [], "part")
    assert len(TableReader(tmp_path, NUMBERS)) == 0


@given(
    sizes=st.lists(st.tuples(*[st.none() | st.integers(0, 12)] * 2), max_size=30),
    most_rows=st.integers(1, 6),
    most_bytes=st.integers(1, 30),
)
def test_shards_are_as_full_as_rows_and_bytes_allow(sizes, most_rows, most_bytes):
    rows = [picture_row(number, *cells) for number, cells in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as name:
        writer = ShardWriter(Path(name), "part", PICTURES, rows_per_shard=most_rows, bytes_per_shard=most_bytes)
        for row in rows:
            writer.add(row)
        writer.close()
        shards = shards_of(Path(name))
    assert writer.num_rows == len(rows)
    assert [row for shard in shards for row in shard] == rows
    assert len(shards) == 1 or all(shards)

    def num_bytes(shard):
        return sum(size or 0 for row in shard for size in sizes[row["n"]])

    assert all(len(shard) <= most_rows for shard in shards)
    assert all(len(shard) <= 1 or num_bytes(shard) <= most_bytes for shard in shards)
    for shard, following in pairwise(shards):
        fuller = [*shard, following[0]]
        assert len(fuller) > most_rows or num_bytes(fuller) > most_bytes or num_bytes(shard) == most_bytes


def test_a_row_too_large_for_any_shard_has_its_own(tmp_path):
    writer = ShardWriter(tmp_path, "part", PICTURES, bytes_per_shard=100)
    for number, size in enumerate([10, 1000, 10, 10]):
        writer.add(picture_row(number, size, None))
    writer.close()
    assert [[row["n"] for row in shard] for shard in shards_of(tmp_path)] == [[0], [1], [2, 3]]


def test_shards_of_small_rows_have_256(tmp_path):
    write_table(tmp_path, "part", PICTURES, (picture_row(number, 200, 200) for number in range(600)), "part")
    assert [len(shard) for shard in shards_of(tmp_path)] == [256, 256, 88]


def test_rows_are_let_go_as_soon_as_their_shard_is_full(tmp_path):
    born, most_alive = [], 0

    def rows():
        nonlocal most_alive
        for number in range(100):
            row = WatchedRow(picture_row(number, 10, 10))
            born.append(weakref.ref(row))
            yield row
            most_alive = max(most_alive, sum(reference() is not None for reference in born))

    write_table(tmp_path, "part", PICTURES, rows(), "part", rows_per_shard=8)
    assert 0 < most_alive <= 8


def test_a_table_of_many_shards_does_not_hold_them_all_open(tmp_path):
    write_table(tmp_path, "part", NUMBERS, ({"n": number} for number in range(300)), "part", rows_per_shard=1)
    before = len(list(Path("/dev/fd").iterdir()))
    reader = TableReader(tmp_path, NUMBERS)
    assert reader.column("n") == [row["n"] for row in reader] == list(range(300))
    assert len(list(Path("/dev/fd").iterdir())) - before < 100


def test_same_rows_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_table(tmp_path / name, "part", NUMBERS, [{"n": 1}, {"n": 2}], "part")
    for file in ("part-00000.parquet", ARTIFACT_CARD):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_missing_table_names_the_stage(tmp_path):
    with pytest.raises(SimsError, match=r"nothing: not found; run stage 'count' first"):
        TableReader(tmp_path / "nothing", NUMBERS)


def test_other_version_and_missing_column(tmp_path):
    older = TableFormat("numbers", 2, "count", NUMBERS.schema)
    write_table(tmp_path, "part", older, [{"n": 1}], "part")
    with pytest.raises(SimsError, match=r"expected numbers/3, found numbers/2; run stage 'count' again"):
        TableReader(tmp_path, NUMBERS)
    other = TableFormat("numbers", 3, "count", pa.schema([pa.field("m", pa.int32())]))
    write_table(tmp_path, "part", other, [{"m": 1}], "part")
    with pytest.raises(SimsError, match=r"column 'n', expected int32, found no such column"):
        TableReader(tmp_path, NUMBERS)


@pytest.mark.parametrize("damage", ["truncate", "overwrite"])
def test_damaged_file_is_one_line(tmp_path, damage):
    path = tmp_path / "part-00000.parquet"
    write_table(tmp_path, "part", NUMBERS, [{"n": i} for i in range(1000)], "part")
    data = bytearray(path.read_bytes())
    if damage == "truncate":
        data = data[: len(data) // 2]
    else:
        data[4:400] = bytes(396)
    path.write_bytes(bytes(data))
    with pytest.raises(SimsError, match="damaged") as caught:
        list(TableReader(tmp_path, NUMBERS))
    assert "\n" not in str(caught.value)


def test_scene_round_trip(scenes_folder, classes):
    reader = SceneReader(scenes_folder)
    assert reader.classes == classes
    assert reader.ids("train") == [f"t{i}" for i in range(6)]
    written, read = make_scene("v1", "val", 101), reader.load("v1")
    assert np.array_equal(read.photo, written.photo)
    assert np.array_equal(read.labels, written.labels)
    assert np.array_equal(read.instances, written.instances)
    assert np.allclose(read.depth_m, written.depth_m, atol=0.006)
    assert read.coarse_labels is None
    assert read.licence == "test"


def test_scenes_open_as_hugging_face_images(scenes_folder):
    table = pq.read_table(sorted(scenes_folder.glob("*.parquet"))[0])
    assert table.schema.field("photo").type == pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    assert set(SCENES.schema.names) == set(table.schema.names)


def test_reader_is_opened_again_when_the_folder_was_replaced(tmp_path, classes):
    folder = tmp_path / "scenes"
    for name in ("a", "b"):
        write_scenes(folder, classes, [make_scene(name, "train", 0), make_scene("v", "val", 1)])
        assert open_scenes(folder).ids("train") == [name]


def test_scenes_are_written_while_they_still_come(tmp_path, classes):
    written = []

    def scenes():
        for number in range(600):
            yield make_scene(f"s{number}", "val" if number % 2 else "train", number % 7, 16, 48)
            written.append(len(list(tmp_path.glob(".sims-*/new/scenes/*.parquet"))))

    assert write_scenes(tmp_path / "scenes", classes, scenes()) == {"train": 300, "val": 300}
    assert (written[0], written[-1]) == (0, 2)
    reader = SceneReader(tmp_path / "scenes")
    assert reader.ids("val") == [f"s{number}" for number in range(1, 600, 2)]
    assert np.array_equal(reader.load("s511").photo, make_scene("s511", "val", 0, 16, 48).photo)


names = st.text(max_size=5)


@given(st.dictionaries(names, st.dictionaries(st.integers(0, 2**31 - 1), st.lists(names, min_size=1), min_size=1)))
def test_stencils_round_trip(tmp_path, stencils):
    write_table(tmp_path, "stencils", STENCILS, stencil_rows(stencils), "stencils")
    again = read_stencils(tmp_path)
    assert again == stencils
    assert list(again) == list(stencils)


def test_empty_split_and_repeated_id_write_nothing(tmp_path, classes):
    folder = tmp_path / "scenes"
    with pytest.raises(SimsError, match="split 'val' is empty"):
        write_scenes(folder, classes, [make_scene("a", "train", 0)])
    with pytest.raises(SimsError, match="'a' appears twice"):
        write_scenes(folder, classes, [make_scene("a", "train", 0), make_scene("a", "val", 0)])
    assert not list(tmp_path.iterdir())


@given(hnp.arrays(np.float32, (3, 4), elements=st.floats(0, 650, width=32) | st.just(np.inf)))
def test_depth_keeps_a_centimetre_and_its_special_values(depth_m):
    again = decode_depth(encode_depth(depth_m))
    assert np.array_equal(np.isinf(again), np.isinf(depth_m))
    assert np.array_equal(again == 0, depth_m == 0)
    finite = np.isfinite(depth_m) & (depth_m > 0)
    assert np.allclose(again[finite], depth_m[finite], atol=0.0101)


@given(hnp.arrays(np.uint8, (5, 6, 3)), hnp.arrays(np.uint16, (5, 6)), hnp.arrays(bool, (5, 6)))
def test_png_is_exact(rgb, wide, mask):
    assert np.array_equal(decode_png(encode_png(rgb)), rgb)
    assert np.array_equal(decode_png(encode_png(wide)), wide)
    assert np.array_equal(decode_mask(encode_png(mask)), mask)


def test_resize_nearest_takes_cell_centres():
    row = np.array([[0, 1, 2, 3, 4, 5]], dtype=np.uint8)
    assert resize_nearest(row, 1, 3).tolist() == [[1, 3, 5]]
    assert resize_nearest(row, 1, 6).tolist() == row.tolist()
    assert resize_nearest(row[:, :2], 1, 4).tolist() == [[0, 0, 1, 1]]
