from pathlib import Path

import pyarrow as pa

from sims_core.formats.kept import Kept


class Shelf:
    """Groups of one column of bytes, and which of them were read."""

    def __init__(self, most_bytes):
        self.kept = Kept(most_bytes)
        self.read = []

    def ask(self, table, group, num_bytes=10):
        """Ask for a group of one row and return what its row says."""

        def read():
            self.read.append((table, group))
            return pa.table({"value": pa.array([bytes([group]) * num_bytes], pa.binary(num_bytes))})

        return self.kept.rows(table, group, None, read)["value"][0].as_py()[0]

    def was_kept(self, table, group):
        """Ask once more, and say whether that needed no reading."""
        num_read = len(self.read)
        assert self.ask(table, group) == group
        return len(self.read) == num_read


def test_what_was_read_is_not_read_again():
    shelf = Shelf(most_bytes=1000)
    assert [shelf.ask("cars", number) for number in (0, 1, 0, 1)] == [0, 1, 0, 1]
    assert shelf.read == [("cars", 0), ("cars", 1)]


def test_a_table_keeps_the_eight_groups_asked_for_last():
    shelf = Shelf(most_bytes=1000)
    shelf.ask("roads", 0)
    for number in (*range(8), 0, 8):  # 0 was asked for again, so that 1 is the oldest
        shelf.ask("cars", number)
    assert shelf.was_kept("roads", 0)
    assert [shelf.was_kept("cars", number) for number in (0, 8, 2)] == [True, True, True]
    assert not shelf.was_kept("cars", 1)


def test_all_tables_together_keep_so_many_bytes():
    shelf = Shelf(most_bytes=35)
    for table in ("cars", "roads", "people", "skies"):
        shelf.ask(table, 0)
    assert [shelf.was_kept(table, 0) for table in ("roads", "people", "skies")] == [True, True, True]
    assert not shelf.was_kept("cars", 0)


def test_one_group_above_the_bound_is_kept_until_the_next_comes():
    shelf = Shelf(most_bytes=35)
    shelf.ask("cars", 0, num_bytes=100)
    assert shelf.was_kept("cars", 0)
    shelf.ask("cars", 1)
    assert not shelf.was_kept("cars", 0)


def test_the_files_asked_for_last_stay_open():
    kept, opened = Kept(), []

    def ask(number):
        def open_file(path):
            opened.append(number)
            return f"file of {path.name}"

        assert kept.file(Path(f"part-{number}"), open_file) == f"file of part-{number}"

    for number in (*range(64), 0, 64):  # 0 was asked for again, so that 1 is the oldest
        ask(number)
    assert opened == list(range(65))
    for number in (0, 2, 64, 1):
        ask(number)
    assert opened == [*range(65), 1]
