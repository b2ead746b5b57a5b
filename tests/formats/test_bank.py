"""A bank of one segment written and read by hand: nothing is lost or swapped on the way."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.pictures import decode_mask
from sims_core.formats.bank import BANK, BankReader, bank_row, partition_name, photo_of, segment_id_of
from sims_core.formats.kept import Kept
from sims_core.formats.tables import write_shard
from sims_core.scenes.scene import Scene
from sims_core.scenes.segments import Segment
from tests.support.artifacts import sign

# Every number, and every picture, is another one.
STREAM = np.random.default_rng(0)
SCENE = Scene(
    scene_id="town:7",
    split="train",
    photo=STREAM.integers(0, 256, (40, 60, 3)).astype(np.uint8),
    labels=STREAM.integers(0, 20, (40, 60)).astype(np.uint8),
    licence="by me",
)
BOX, CONTEXT = (10, 20, 12, 23), (9, 19, 13, 24)
MASK = np.array([[True, False, True], [False, False, True]])
SEGMENT = Segment(category=1, box=BOX, mask=MASK, merged_mask=MASK | np.array([[True], [False]]))


def written(folder, *categories):
    """A bank that holds the segment in each category."""
    for name in categories:
        write_shard(folder / partition_name(name) / "part-00000.parquet", BANK, [bank_row(SCENE, 3, SEGMENT, CONTEXT)])
    manifest = {"grid": [16, 32], "num_segments": dict.fromkeys(categories, 1), "photos": {"town:7": 1}, "skipped": {}}
    write_json(folder / "manifest.json", manifest | {"context_enlargement": 0.25})
    sign(folder)
    return BankReader(folder)


@pytest.fixture
def bank(tmp_path):
    return written(tmp_path, "traffic light")


def test_a_segment_is_read_as_it_was_written(bank):
    assert (bank.categories, bank.grid) == (["traffic light"], (16, 32))
    found = bank.segment("town:7:0003", "traffic light", with_context=True)
    assert (found.segment_id, found.scene_id, found.category) == ("town:7:0003", "town:7", 1)
    assert (found.frame, found.box, found.licence) == ((40, 60), BOX, "by me")
    assert type(found.box) is tuple
    assert found.context.box == CONTEXT
    pictures = (found.crop, found.mask, found.context.labels)
    expected = (SCENE.photo[10:12, 20:23], MASK, SCENE.labels[9:13, 19:24])
    for picture, wanted in zip(pictures, expected, strict=True):
        assert picture.dtype == wanted.dtype
        assert np.array_equal(picture, wanted)


def test_the_context_of_a_segment_is_read_where_it_is_asked_for(bank):
    assert bank.segment("town:7:0003", "traffic light").context is None


def test_a_row_tells_the_area_and_the_mask_with_what_was_merged(bank):
    (row,) = bank.table("traffic light")
    assert (row["component"], row["area_px"]) == (3, 3)
    assert np.array_equal(decode_mask(row["merged_mask"]["bytes"]), SEGMENT.merged_mask)


def test_what_is_kept_of_all_categories_has_one_bound(tmp_path, monkeypatch):
    names = []

    class Watched(Kept):
        """Keeps one group of any table, and says of which it was asked."""

        def __init__(self):
            super().__init__(most_bytes=1)

        def rows(self, table, group, columns, read):
            return super().rows(table, group, columns, lambda: names.append(table) or read())

    monkeypatch.setattr("sims_core.formats.bank.Kept", Watched)
    bank = written(tmp_path, "car", "bus")
    for name in ("car", "car", "bus", "car"):
        assert bank.segment("town:7:0003", name).segment_id == "town:7:0003"
    assert names == ["category=car/*.parquet", "category=bus/*.parquet", "category=car/*.parquet"]


def test_what_the_bank_does_not_hold_is_named(bank):
    with pytest.raises(SimsError, match="no segment 'town:7:0004' of category 'traffic light'"):
        bank.segment("town:7:0004", "traffic light")
    for opened in (bank.table, bank.index):
        with pytest.raises(SimsError, match="category 'car' is unknown to the bank, expected one of traffic light"):
            opened("car")


def test_a_bank_without_search_index_says_so(bank):
    assert bank.photos == ["town:7"]
    with pytest.raises(SimsError, match=r"_search_index.arrow: not found"):
        bank.index("traffic light")


def test_a_photos_id_is_all_before_the_last_colon():
    assert segment_id_of("town:7", 3) == "town:7:0003"
    assert photo_of("t0:0012") == "t0"
    assert photo_of("town:7:0003") == "town:7"
