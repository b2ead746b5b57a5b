import pytest

from sims_core.base.errors import SimsError
from sims_core.base.processes import environment_count, is_first_process


@pytest.mark.parametrize(("text", "count"), [("", 3), (" ", 3), ("1", 1), (" 12 ", 12), ("100000", 100_000)])
def test_counts_of_the_environment(monkeypatch, text, count):
    monkeypatch.setenv("WORLD_SIZE", text)
    assert environment_count("WORLD_SIZE", 3) == count


def test_a_variable_that_is_not_set_leaves_the_default(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert environment_count("WORLD_SIZE", 3) == 3


@pytest.mark.parametrize("text", ["x", "0", "-1", "1.5", "1e3", "0x2", "²", "nan", "100001", "9" * 5000])
def test_other_texts_are_refused_by_the_name_of_the_variable(monkeypatch, text):
    monkeypatch.setenv("WORLD_SIZE", text)
    with pytest.raises(SimsError, match=r"^WORLD_SIZE: environment variable, expected a whole number from 1") as caught:
        environment_count("WORLD_SIZE", 1)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(("rank", "is_first"), [("0", True), ("", True), ("1", False)])
def test_the_process_of_rank_0_is_the_first(monkeypatch, rank, is_first):
    monkeypatch.setenv("RANK", rank)
    assert is_first_process() == is_first
