import os

import pytest

from sims_core.base.engines import open_engine
from sims_core.base.errors import SimsError
from sims_core.base.executors import InProcess
from sims_core.base.parallel import parallel_map


def threads(item):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {os.environ[name] for name in names}


@pytest.mark.parametrize(
    ("cores", "num_items", "num_workers"), [("4", 100, 4), ("4", 8, 2), ("4", 7, 1), ("1", 100, 1)]
)
def test_few_items_take_few_workers(monkeypatch, cores, num_items, num_workers):
    monkeypatch.setenv("SIMS_WORKERS", cores)
    engine = open_engine(num_items, 4)
    assert engine.num_workers == num_workers
    assert isinstance(engine.executor, InProcess) == (num_workers == 1)


def test_workers_have_a_thread_each(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    assert list(parallel_map(threads, range(8), "look")) == [{"1"}] * 8


def test_what_is_no_error_ends_the_program():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InProcess().submit(interrupt)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"SIMS_ENGINE": "ray"}, r"^SIMS_ENGINE: environment variable, expected loky or dask, found ray; unset it$"),
        ({"SIMS_ENGINE": "dask"}, r"^SIMS_SCHEDULER: is not set, expected the address of a Dask scheduler; see docs"),
    ],
)
def test_an_engine_that_there_is_not_is_refused(monkeypatch, variables, message):
    monkeypatch.delenv("SIMS_SCHEDULER", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SimsError, match=message):
        open_engine(8, 4)
