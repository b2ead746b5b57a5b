import os
import signal
from functools import partial
from pathlib import Path

import pytest

from sims_core.base.errors import SimsError
from sims_core.base.executors import ITEMS_AHEAD
from sims_core.base.parallel import parallel_map


class Handed(list):
    """Items that know how many of them were handed out to be worked on."""

    num_handed = 0

    def __iter__(self):
        for item in super().__iter__():
            self.num_handed += 1
            yield item


def double(item):
    return 2 * item


def reciprocal(item):
    if item < 0:
        raise SimsError(f"item {item}", "is negative")
    return 1 / item


def double_in_a_worker_that_dies(item, mark):
    """Kill the worker at item 5, the first time."""
    if item == 5 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    with mark.with_name("done").open("a") as file:
        file.write(f"{item}\n")
    return 2 * item


def die_at_three(item):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def wait_for(item, folder):
    """Item 0 ends when the last item that may be ahead of it has been worked on."""
    if item == 0:
        os.close(os.open(folder / "reached", os.O_RDONLY))
    if item == 2 * ITEMS_AHEAD - 1:
        os.close(os.open(folder / "reached", os.O_WRONLY))
    return item


@pytest.mark.parametrize(("num_workers", "num_ahead"), [("1", 1), ("2", 2 * ITEMS_AHEAD)])
def test_results_come_in_order_and_no_worker_is_given_more_than_it_may_be_ahead(monkeypatch, num_workers, num_ahead):
    monkeypatch.setenv("SIMS_WORKERS", num_workers)
    items = Handed(range(200))
    results = parallel_map(double, items, "double")
    assert items.num_handed == 0
    taken = []
    for result in results:
        taken.append(result)
        # Each result that is taken lets one more item be handed out: there is no barrier.
        assert items.num_handed == min(len(taken) - 1 + num_ahead, 200)
    assert taken == list(range(0, 400, 2))


def test_one_slow_item_does_not_hold_up_the_other_worker(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    os.mkfifo(tmp_path / "reached")
    assert list(parallel_map(partial(wait_for, folder=tmp_path), range(40), "wait")) == list(range(40))


@pytest.mark.parametrize("num_workers", ["1", "2"])
def test_an_item_that_fails_names_itself(monkeypatch, num_workers):
    monkeypatch.setenv("SIMS_WORKERS", num_workers)
    results = parallel_map(reciprocal, [2, 4, 0, -1, 0, 1, 1, 1], "divide")
    assert [next(results), next(results)] == [0.5, 0.25]
    with pytest.raises(ZeroDivisionError) as caught:
        next(results)
    assert caught.value.__notes__ == ["divide: 0"]
    with pytest.raises(SimsError, match=r"^item -1: is negative$"):
        list(parallel_map(reciprocal, [1, -1, 0, 1, 1, 1, 1, 1], "divide"))


def test_the_items_of_a_lost_worker_are_done_again(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    function = partial(double_in_a_worker_that_dies, mark=tmp_path / "dead")
    assert list(parallel_map(function, range(40), "double")) == list(range(0, 80, 2))
    assert (tmp_path / "dead").exists()
    # What had been taken before was not done again.
    done = (tmp_path / "done").read_text().split()
    assert set(done) == set(map(str, range(40)))
    assert len(done) <= 40 + 2 * ITEMS_AHEAD


def test_an_item_that_loses_every_worker_is_named_and_no_other(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    with pytest.raises(SimsError, match=r"^die: 3: a worker process was lost 3 times, by want of memory as a rule; "):
        list(parallel_map(die_at_three, range(40), "die"))


def test_a_map_that_nobody_goes_on_with_leaves_no_work_behind(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    results = parallel_map(double, range(40), "double")
    assert next(results) == 0
    results.close()
    assert list(parallel_map(double, range(8), "double")) == list(range(0, 16, 2))


def test_long_names_are_cut(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")
    with pytest.raises(TypeError) as caught:
        list(parallel_map(reciprocal, [Path("x" * 1000)], "divide"))
    assert caught.value.__notes__ == [f"divide: {'x' * 120}..."]


def read_here(name):
    return Path(name).read_text()


def test_relative_paths_are_the_callers_though_workers_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "name").write_text(folder)
        monkeypatch.chdir(tmp_path / folder)
        assert list(parallel_map(read_here, ["name"] * 8, "read")) == [folder] * 8
