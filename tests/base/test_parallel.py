from sims_core.base.parallel import ITEMS_AHEAD, batched, parallel_map


class Handed(list):
    """Items that know how many of them were handed out to be worked on."""

    num_handed = 0

    def __getitem__(self, place):
        found = super().__getitem__(place)
        self.num_handed += len(found)
        return found


def double(item):
    return 2 * item


def test_results_come_in_order_and_no_worker_is_given_more_than_it_may_be_ahead(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "2")
    items = Handed(range(200))
    results = parallel_map(double, items, "double")
    assert items.num_handed == 0
    taken = []
    for result in results:
        taken.append(result)
        assert items.num_handed <= len(taken) - 1 + 2 * ITEMS_AHEAD
    assert taken == list(range(0, 400, 2))
    assert items.num_handed == 200


def test_batches_by_hand():
    assert list(batched("abcde", 2)) == ["ab", "cd", "e"]
    assert list(batched([], 2)) == []
