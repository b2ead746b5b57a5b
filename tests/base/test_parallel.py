import time
from functools import partial

from sims_core.base.parallel import ITEMS_AHEAD, batched, parallel_map


def note(item, file):
    with file.open("a") as text:
        text.write(".")
    return 2 * item


def test_results_come_in_order_and_workers_wait_for_who_takes_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    file = tmp_path / "worked_on"
    results = parallel_map(partial(note, file=file), list(range(200)), "double")
    first = next(results)
    time.sleep(0.5)  # enough for all 200, were nothing to hold them
    assert len(file.read_text()) <= 2 * ITEMS_AHEAD
    assert [first, *results] == list(range(0, 400, 2))


def test_batches_by_hand():
    assert list(batched("abcde", 2)) == ["ab", "cd", "e"]
    assert list(batched([], 2)) == []
