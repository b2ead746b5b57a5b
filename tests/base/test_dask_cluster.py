"""Work on a Dask cluster of this machine; its workers stand in another folder than the head."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from sims_core.base import dask_cluster
from sims_core.base.errors import SimsError
from sims_core.base.parallel import parallel_map

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'sims[dask]'")


@pytest.fixture(scope="module")
def cluster():
    quiet = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(**quiet) as running:
        yield running


@pytest.fixture
def project(cluster, tmp_path, monkeypatch):
    """A folder from which the cluster is used."""
    monkeypatch.setenv("SIMS_ENGINE", "dask")
    monkeypatch.setenv("SIMS_SCHEDULER", cluster.scheduler_address)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    dask_cluster.leave_cluster()


def read(path):
    return path.read_text(), os.getpid()


def die(item, mark, always):
    """Kill the worker at item 5, the first time or always."""
    if item == 5 and (always or not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * item


def fail_at(item, number):
    if item == number:
        raise ZeroDivisionError
    return item


def test_workers_read_the_heads_files_by_relative_paths(project):
    (project / "data").mkdir()
    for number in range(40):
        (project / f"data/{number}").write_text(str(number))
    results = list(parallel_map(read, [Path(f"data/{number}") for number in range(40)], "read"))
    assert [text for text, _ in results] == [str(number) for number in range(40)]
    assert os.getpid() not in {process for _, process in results}
    # The file by which workers showed that they see the folder has gone.
    assert {path.name for path in project.iterdir()} == {"data"}


def test_the_items_of_a_lost_worker_are_done_again(project):
    function = partial(die, mark=project / "dead", always=False)
    assert list(parallel_map(function, range(40), "double")) == list(range(0, 80, 2))
    assert (project / "dead").exists()


def test_an_item_that_loses_every_worker_is_named(project):
    function = partial(die, mark=project / "dead", always=True)
    with pytest.raises(SimsError, match=r"^double: 5: its worker was lost again and again"):
        list(parallel_map(function, range(8), "double"))


@pytest.mark.usefixtures("project")
def test_an_item_that_fails_names_itself():
    with pytest.raises(ZeroDivisionError) as caught:
        list(parallel_map(partial(fail_at, number=3), range(8), "work"))
    assert caught.value.__notes__ == ["work: 3"]


def test_workers_of_other_code_or_elsewhere_are_refused(project, monkeypatch):
    other = {"Python": "2.7.18"}
    monkeypatch.setattr(dask_cluster, "running_code", lambda: other)
    with pytest.raises(SimsError, match=r"^Dask cluster: a worker has another Python than this process, expected 2.7"):
        list(parallel_map(fail_at, range(8), "work"))
    place = dask_cluster.Place(project / "elsewhere", ())
    with pytest.raises(SimsError, match="a worker does not see the working folder"):
        dask_cluster.settle_worker(place)
    # A folder of this name that is another one has no such file.
    with pytest.raises(SimsError, match="a worker does not see the working folder"):
        dask_cluster.find_token(dask_cluster.Place(project, ()), project / "token")


def test_workers_with_threads_are_refused(project, monkeypatch):
    quiet = {"n_workers": 1, "threads_per_worker": 2, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(**quiet, processes=False) as running:
        monkeypatch.setenv("SIMS_SCHEDULER", running.scheduler_address)
        with pytest.raises(SimsError, match="a Dask worker does several items at once, expected --nthreads 1, found 2"):
            list(parallel_map(fail_at, range(8), "work"))
        dask_cluster.leave_cluster()


def test_no_scheduler_is_one_line(project, monkeypatch):
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 1)
    monkeypatch.setenv("SIMS_SCHEDULER", "tcp://127.0.0.1:1")
    with pytest.raises(SimsError, match=r"^SIMS_SCHEDULER: no Dask scheduler answers at tcp://127.0.0.1:1"):
        list(parallel_map(fail_at, range(8), "work"))
    monkeypatch.setenv("SIMS_SCHEDULER", "nonsense://x")
    with pytest.raises(SimsError, match="no Dask scheduler answers"):
        list(parallel_map(fail_at, range(8), "work"))
