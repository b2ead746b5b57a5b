"""From "which of these two is in front" to one paste order, back to front.

Paper section 4: pairwise relations form a directed graph, segments are pasted in topological order.
A cycle is broken at its least confident edge; where the graph leaves a choice, the class-order prior
(reference, section 4.6) decides, then the lower bottom edge is nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sims_core.composition.class_prior import ClassPrior
from sims_core.composition.relations import both_ground, front_by_rule
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.placed import PlacedMask
from sims_core.scenes.segments import Segment


class FrontPredictor(Protocol):
    """What `sims_core.networks.trained.ordering.OrderingPredictor` offers."""

    def predict(
        self,
        firsts: Sequence[PlacedMask],
        seconds: Sequence[PlacedMask],
        layout: NDArray[np.uint8],
        categories_a: NDArray[np.int64],
        categories_b: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Return (N,) the probability that b is in front, for N pairs of one layout."""


@dataclass(frozen=True)
class Edge:
    """One relation: component `behind` is hidden by component `front`, with a confidence in 0..1."""

    behind: int
    front: int
    confidence: float


def predicted_edges(
    pairs: Sequence[tuple[int, int]],
    segments: Sequence[Segment],
    labels: NDArray[np.uint8],
    classes: ClassTable,
    prior: ClassPrior,
    predictor: FrontPredictor | None,
) -> list[Edge]:
    """Return one relation for each adjacent pair of a layout that can hide something of each other.

    Ground is behind what stands on it. Of two segments of one category the one with the lower bottom
    edge is in front, the surer the farther apart these edges are. Any other pair is the network's, or the
    class prior's where there is no network.

    Args:
        pairs: Component indices.
        segments: All segments of the layout.
        labels: (H, W) uint8, the layout.
        classes: Its class table.
        prior: Counted on the training pairs.
        predictor: The trained network, or None.
    """
    related = [(a, b) for a, b in pairs if not both_ground(segments[a].category, segments[b].category, classes)]
    asked = [(a, b) for a, b in related if _needs_network(segments[a].category, segments[b].category, classes)]
    assumed = prior.probabilities
    probabilities: dict[tuple[int, int], float] = {}
    if predictor is not None and asked:
        sides = [[segments[pair[side]] for pair in asked] for side in (0, 1)]
        firsts, seconds = ([segment.place for segment in side] for side in sides)
        categories_a, categories_b = (np.array([segment.category for segment in side]) for side in sides)
        found = predictor.predict(firsts, seconds, labels, categories_a, categories_b)
        probabilities = {pair: float(value) for pair, value in zip(asked, found, strict=True)}
    edges = []
    for a, b in related:
        first, second = segments[a], segments[b]
        ruled = front_by_rule(first.category, second.category, classes)
        if ruled is not None:
            probability = float(ruled)
        elif first.category == second.category:
            probability = lower_in_front(first.box[2], second.box[2], len(labels))
        else:
            probability = probabilities.get((a, b), float(assumed[first.category, second.category]))
        edges.append(edge_of(a, b, probability))
    return edges


def lower_in_front(bottom_a_px: int, bottom_b_px: int, height_px: int) -> float:
    """Return the probability that b is in front of a of its own category, from their bottom edges in the frame."""
    return 0.5 + (bottom_b_px - bottom_a_px) / (2 * height_px)


def edge_of(a: int, b: int, probability: float) -> Edge:
    """Return the relation that a probability of b being in front stands for."""
    behind, front = (a, b) if probability >= 0.5 else (b, a)
    return Edge(behind, front, abs(2 * probability - 1))


def paste_order(
    components: Sequence[int],
    edges: Iterable[Edge],
    rank: Callable[[int], tuple[float, ...]],
    fixed: Iterable[Edge] = (),
) -> list[int]:
    """Return the components back to front.

    Relations enter the graph from the most to the least confident, and one that would close a cycle
    stays out: that breaks every cycle at its least confident edge. Equal confidences go by index.

    Args:
        components: Which take part.
        edges: Relations among them.
        rank: Sorts components that no relation orders; the smallest is farthest back.
        fixed: Relations that hold whatever the others say; they have no cycle.
    """
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(sorted(components))
    for edge in [*fixed, *sorted(edges, key=lambda edge: (-edge.confidence, edge.behind, edge.front))]:
        if not nx.has_path(graph, edge.front, edge.behind):
            graph.add_edge(edge.behind, edge.front, weight=edge.confidence)
    return list(nx.lexicographical_topological_sort(graph, key=lambda index: (*rank(index), index)))


def prior_rank(segments: Sequence[Segment], prior: ClassPrior) -> Callable[[int], tuple[float, ...]]:
    """Return the `rank` of the class-order prior: by falling back share of the category, then by the bottom edge."""
    shares = prior.back_shares
    return lambda index: (-float(shares[segments[index].category]), float(segments[index].box[2]))


def _needs_network(category_a: int, category_b: int, classes: ClassTable) -> bool:
    return category_a != category_b and front_by_rule(category_a, category_b, classes) is None
