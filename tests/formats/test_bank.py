"""A bank of one segment written and read by hand: nothing is lost or swapped on the way."""

from dataclasses import fields

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.formats.bank import BANK, BankReader, BankSegment, bank_row, partition_name, photo_of, segment_id_of
from sims_core.formats.kept import Kept
from sims_core.formats.tables import write_shard
from tests.support.artifacts import sign

# Every number, and every picture, is another one.
SEGMENT = BankSegment(
    segment_id="town:7:0003",
    scene_id="town:7",
    component=3,
    category=1,
    frame=(40, 60),
    box=(10, 20, 12, 23),
    crop=np.arange(18, dtype=np.uint8).reshape(2, 3, 3),
    mask=np.array([[True, False, True], [False, False, True]]),
    merged_mask=np.array([[True, True, True], [False, False, True]]),
    context_box=(9, 19, 13, 24),
    context_labels=np.arange(20, dtype=np.uint8).reshape(4, 5),
    licence="by me",
)


def written(folder, *categories):
    """A bank that holds the segment in each category."""
    for name in categories:
        write_shard(folder / partition_name(name) / "part-00000.parquet", BANK, [bank_row(SEGMENT)])
    manifest = {"grid": [16, 32], "num_segments": dict.fromkeys(categories, 1), "photos": {"town:7": 1}, "skipped": {}}
    write_json(folder / "manifest.json", manifest | {"context_enlargement": 0.25})
    sign(folder)
    return BankReader(folder)


@pytest.fixture
def bank(tmp_path):
    return written(tmp_path, "traffic light")


def test_a_segment_is_read_as_it_was_written(bank):
    assert (bank.categories, bank.grid) == (["traffic light"], (16, 32))
    (only,) = bank.segments("traffic light")
    for found in (only, bank.segment("town:7:0003", "traffic light")):
        for field in fields(BankSegment):
            value, expected = getattr(found, field.name), getattr(SEGMENT, field.name)
            assert np.array_equal(value, expected), field.name
            assert type(value) is type(expected), field.name
            assert getattr(value, "dtype", None) == getattr(expected, "dtype", None), field.name


def test_what_is_kept_of_all_categories_has_one_bound(tmp_path, monkeypatch):
    names = []

    class Watched(Kept):
        """Keeps one group of any table, and says of which it was asked."""

        def __init__(self):
            super().__init__(most_bytes=1)

        def rows(self, table, group, read):
            return super().rows(table, group, lambda: names.append(table) or read())

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
