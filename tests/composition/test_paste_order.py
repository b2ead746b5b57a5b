import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims_core.composition.class_prior import class_prior
from sims_core.composition.paste_order import Edge, edge_of, paste_order, predicted_edges, prior_rank
from sims_core.formats.class_prior import count_pairs
from sims_core.scenes.segments import Segment
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, TREE


def by_index(index):
    return ()


def segment(category, box):
    mask = np.ones((box[2] - box[0], box[3] - box[1]), dtype=bool)
    return Segment(category, box, mask, mask)


class FakePredictor:
    """Says what it is told and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = np.array(answers, dtype=np.float32)
        self.asked = []

    def predict(self, firsts, seconds, layout, categories_a, categories_b):
        self.asked.append((firsts, seconds, layout, categories_a.tolist(), categories_b.tolist()))
        return self.answers


@st.composite
def relations(draw):
    """A few components and random relations among them, equal confidences included."""
    num_components = draw(st.integers(1, 7))
    index = st.integers(0, num_components - 1)
    edge = st.tuples(index, index, st.sampled_from([0.0, 0.2, 0.2001, 0.5, 0.9, 1.0])).filter(lambda e: e[0] != e[1])
    edges = [] if num_components == 1 else draw(st.lists(edge, max_size=20, unique_by=lambda e: frozenset(e[:2])))
    return list(range(num_components)), [Edge(*values) for values in edges]


def test_relations_decide_before_the_rank():
    edges = [Edge(behind=2, front=0, confidence=0.1)]
    assert paste_order([0, 1, 2], edges, by_index) == [1, 2, 0]
    assert paste_order([0, 1, 2], edges, lambda index: (-index,)) == [2, 1, 0]


def test_rank_decides_where_no_relation_does_then_the_index():
    ranks = {4: (1.0, 0.0), 7: (0.0, 2.0), 9: (0.0, 1.0), 1: (1.0, 0.0)}
    assert paste_order([4, 7, 9, 1], [], ranks.__getitem__) == [9, 7, 1, 4]
    assert paste_order([], [], by_index) == []


@pytest.mark.parametrize(
    ("confidences", "expected"),
    [((0.9, 0.8, 0.1), [0, 1, 2]), ((0.1, 0.9, 0.8), [1, 2, 0]), ((0.8, 0.1, 0.9), [2, 0, 1])],
)
def test_cycle_is_broken_at_its_least_confident_edge(confidences, expected):
    edges = [Edge(0, 1, confidences[0]), Edge(1, 2, confidences[1]), Edge(2, 0, confidences[2])]
    for shift in range(3):
        assert paste_order([0, 1, 2], edges[shift:] + edges[:shift], by_index) == expected


def test_fixed_relations_hold_whatever_the_others_say():
    sure = [Edge(0, 1, 1.0), Edge(1, 2, 1.0), Edge(2, 3, 1.0)]
    assert paste_order([0, 1, 2, 3], sure, by_index) == [0, 1, 2, 3]
    # 2 behind 0: then 0 < 1 holds and 1 < 2 would close a cycle.
    assert paste_order([0, 1, 2, 3], sure, by_index, [Edge(2, 0, 0.0)]) == [2, 0, 1, 3]
    assert paste_order([0, 1, 2, 3], sure, by_index, [Edge(3, 2, 0.0), Edge(2, 0, 0.0)]) == [3, 2, 0, 1]


def test_every_cycle_is_broken_and_no_more():
    # 0 < 1 < 2 < 0 breaks at 2 < 0; 1 < 2 < 3 < 1 at 3 < 1; 0 < 3 closes no cycle and stays, unsure as it is.
    edges = [Edge(0, 1, 0.9), Edge(1, 2, 0.8), Edge(2, 0, 0.3), Edge(2, 3, 0.7), Edge(3, 1, 0.2), Edge(0, 3, 0.0)]
    assert paste_order([3, 2, 1, 0], edges, by_index) == [0, 1, 2, 3]


def test_cycle_of_equal_confidences_is_broken_at_the_last_index():
    edges = [Edge(1, 2, 0.5), Edge(2, 0, 0.5), Edge(0, 1, 0.5)]
    assert paste_order([0, 1, 2], edges, by_index) == [0, 1, 2]


@given(problem=relations(), rank_seed=st.integers(0, 5))
def test_order_breaks_only_relations_that_surer_ones_contradict(problem, rank_seed):
    components, edges = problem
    ranks = np.random.default_rng(rank_seed).integers(0, 3, len(components))

    def rank(index):
        return (float(ranks[index]),)

    order = paste_order(components, edges, rank)
    assert sorted(order) == components
    position = {index: place for place, index in enumerate(order)}
    kept = [edge for edge in edges if position[edge.behind] < position[edge.front]]
    for edge in edges:
        if edge not in kept:
            surer = nx.DiGraph((e.behind, e.front) for e in kept if e.confidence >= edge.confidence)
            assert surer.has_node(edge.front)
            assert edge.behind in nx.descendants(surer, edge.front)
    # Of the components that may come next, the one of lowest rank does.
    for place, index in enumerate(order):
        later = set(order[place:])
        blocked = {edge.front for edge in kept if edge.behind in later}
        assert index == min(later - blocked, key=lambda i: (rank(i), i))


@given(problem=relations(), seed=st.integers(0, 9))
def test_order_does_not_depend_on_how_relations_are_listed(problem, seed):
    components, edges = problem
    rng = np.random.default_rng(seed)
    shuffled = [edges[index] for index in rng.permutation(len(edges))]
    assert paste_order(rng.permutation(components).tolist(), shuffled, by_index) == paste_order(
        components, edges, by_index
    )


def test_edge_of_a_probability():
    assert edge_of(3, 5, 0.9) == Edge(behind=3, front=5, confidence=pytest.approx(0.8))
    assert edge_of(3, 5, 0.25) == Edge(behind=5, front=3, confidence=0.5)
    assert edge_of(3, 5, 0.5) == Edge(behind=3, front=5, confidence=0)
    assert edge_of(3, 5, 0.0) == Edge(behind=5, front=3, confidence=1.0)


def test_prior_by_hand(classes):
    pairs = [(SKY, CAR, True), (SKY, CAR, True), (CAR, SKY, False), (SKY, CAR, False), (CAR, CAR, True)]
    prior = class_prior(count_pairs(5, pairs), classes)
    expected = np.zeros((5, 5))
    expected[SKY, CAR], expected[CAR, SKY] = 3, 1  # the third pair says the same as the first; two cars say nothing
    assert np.array_equal(prior.counts, expected)
    # Sky, assumed 0.7 in one pair: (3 + 0.7) / (4 + 1); car (1 + 0.2) / 5; the others as assumed.
    assert np.allclose(prior.back_shares, [0.74, 0.55, 0.1, 0.24, 0.45])
    # Assumed 0.5 + (0.74 - 0.24) / 2 in one pair: (3 + 0.75) / (4 + 1).
    assert prior.probabilities[SKY, CAR] == pytest.approx(0.75)
    assert prior.probabilities[SKY, TREE] == pytest.approx(0.5 + (0.74 - 0.45) / 2)  # never seen together
    assert prior.log_odds.dtype == np.float32
    assert prior.log_odds[SKY, CAR] == pytest.approx(np.log(0.75 / 0.25))
    assert prior.log_odds[CAR, SKY] == pytest.approx(np.log(0.25 / 0.75))


@given(
    pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=30),
    a=st.integers(0, 4),
    b=st.integers(0, 4),
)
def test_prior_is_a_probability_whoever_is_named_first(classes, pairs, a, b):
    prior = class_prior(count_pairs(5, pairs), classes)
    assert 0 < prior.probabilities[a, b] < 1
    assert prior.probabilities[a, b] + prior.probabilities[b, a] == pytest.approx(1)


def test_prior_rank_puts_what_is_usually_behind_first_then_the_higher_bottom_edge(classes):
    segments = [
        segment(POLE, (0, 0, 5, 1)),
        segment(CAR, (2, 2, 9, 4)),
        segment(CAR, (2, 5, 7, 8)),
        segment(SKY, (0, 0, 2, 9)),
    ]
    prior = class_prior(count_pairs(len(classes), []), classes)
    assert paste_order(range(4), [], prior_rank(segments, prior)) == [3, 2, 1, 0]


def test_network_is_asked_about_what_nothing_else_decides(classes):
    labels = np.full((10, 12), SKY, dtype=np.uint8)
    segments = [
        segment(ROAD, (5, 0, 10, 12)),
        segment(CAR, (4, 0, 8, 3)),
        segment(CAR, (4, 4, 6, 7)),
        segment(TREE, (0, 0, 4, 12)),
    ]
    fake = FakePredictor(0.9, 0.3)
    edges = predicted_edges(
        [(0, 1), (1, 2), (1, 3), (2, 3)],
        segments,
        labels,
        classes,
        class_prior(count_pairs(len(classes), []), classes),
        fake,
    )
    assert edges == [
        Edge(0, 1, 1.0),  # a car stands on the road
        Edge(2, 1, pytest.approx(0.2)),  # of two cars the lower is in front; 2 of 10 rows apart
        Edge(1, 3, pytest.approx(0.8)),
        Edge(3, 2, pytest.approx(0.4)),
    ]
    ((firsts, seconds, layout, categories_a, categories_b),) = fake.asked
    assert (categories_a, categories_b) == ([CAR, CAR], [TREE, TREE])
    assert layout is labels
    for placed, asked in ((firsts, (1, 2)), (seconds, (3, 3))):
        assert [(each.box, each.mask.shape) for each in placed] == [
            (segments[index].box, segments[index].mask.shape) for index in asked
        ]


def test_two_grounds_have_no_relation(two_grounds):
    labels = np.zeros((10, 12), dtype=np.uint8)
    segments = [segment(0, (5, 0, 10, 12)), segment(1, (0, 0, 5, 12))]
    prior = class_prior(count_pairs(len(two_grounds), []), two_grounds)
    fake = FakePredictor(0.9)
    assert predicted_edges([(0, 1)], segments, labels, two_grounds, prior, fake) == []
    assert fake.asked == []


def test_prior_speaks_where_there_is_no_network(classes):
    labels = np.full((10, 12), SKY, dtype=np.uint8)
    segments = [segment(SKY, (0, 0, 5, 12)), segment(TREE, (5, 0, 10, 12))]
    prior = class_prior(
        count_pairs(5, [(TREE, SKY, True)] * 9), classes
    )  # an odd place, where trees are behind the sky
    expected = [edge_of(0, 1, prior.probabilities[SKY, TREE])]
    assert expected[0].behind == 1
    assert predicted_edges([(0, 1)], segments, labels, classes, prior, None) == expected


def test_network_is_left_alone_when_there_is_nothing_to_ask(classes):
    fake = FakePredictor()
    segments = [segment(ROAD, (5, 0, 10, 12)), segment(CAR, (4, 0, 8, 3))]
    labels = np.zeros((10, 12), dtype=np.uint8)
    assert (
        predicted_edges([], segments, labels, classes, class_prior(count_pairs(len(classes), []), classes), fake) == []
    )
    predicted_edges([(0, 1)], segments, labels, classes, class_prior(count_pairs(len(classes), []), classes), fake)
    assert fake.asked == []
