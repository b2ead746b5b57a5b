import os

from sims_core.base.locks import try_lock


def test_one_holds_a_lock_and_the_next_gets_it(tmp_path):
    path = tmp_path / "lock"
    first = try_lock(path)
    assert first is not None
    assert try_lock(path) is None
    os.close(first)
    second = try_lock(path)
    assert second is not None
    os.close(second)


def test_the_lock_of_a_file_that_was_removed_holds_nobody_up(tmp_path):
    path = tmp_path / "lock"
    first = try_lock(path)
    path.unlink()
    second = try_lock(path)
    assert second is not None
    for descriptor in (first, second):
        os.close(descriptor)
    assert try_lock(tmp_path / "none/lock") is None
