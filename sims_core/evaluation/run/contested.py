"""What the order is worth to the picture: who is in front on the pixels that two placed segments both claim.

Five orders paste the same segments: that of the ordering `network`, that of the `class_prior`, that of the
`true_depth` where a sensor or a renderer gave it, one by `chance`, and one by `agreement` with the layout, about the
best that an order of whole segments can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sims_core.base.csv_files import rounded
from sims_core.base.parallel import parallel_map
from sims_core.base.seeding import random_stream
from sims_core.composition.claims import Contest
from sims_core.composition.composer import Composer
from sims_core.composition.paste_order import Edge, edge_of, paste_order, prior_rank
from sims_core.evaluation.measures.statistics import (
    WeightedFigure,
    draw_resamples,
    every_picture_once,
    interval_rule,
    weighted_mean,
)
from sims_core.evaluation.summary import ByRow, row_differences, row_intervals
from sims_core.formats.bank import BankReader
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import open_scenes
from sims_core.formats.tables import TableReader
from sims_core.scenes.classes import ClassTable
from sims_core.scenes.scene import Scene
from sims_core.scenes.segmented_layout import SegmentedLayout

NETWORK, CLASS_PRIOR, TRUE_DEPTH, CHANCE, AGREEMENT = "network", "class_prior", "true_depth", "chance", "agreement"
ORDERS = (NETWORK, CLASS_PRIOR, TRUE_DEPTH, CHANCE, AGREEMENT)
# By figure: what of the front is compared, and on which pixels.
FIGURES = {
    "asked_category": "contested pixels whose front shows the asked category",
    "asked_category_where_open": "the same where one claim is of the asked category and one is not",
    "asked_component_where_open": "contested pixels that the layout's own component claims, too, and is in front",
    "clipped_asked_component_where_open": "the same, segments cut to the layout: then every claim is of the asked "
    "category, and only the component is open",
}
DIFFERS = "differs_from_network"


class AskedLayout(NamedTuple):
    """A layout in components, with the candidates of each and, where it is known, what is in front of what."""

    layout: SegmentedLayout
    matches: Sequence[ComponentMatches]
    true_edges: Sequence[Edge] | None


class Counts(NamedTuple):
    """Of one layout.

    Attributes:
        num_px: (4,) int64, how many pixels each of `FIGURES` rests on.
        right: (4,) int64 by order, how many of them are right.
        differs: By order, how many contested pixels show another component than by the network's order.
    """

    num_px: NDArray[np.int64]
    right: dict[str, NDArray[np.int64]]
    differs: dict[str, int]


def count_contested(asked: AskedLayout, composer: Composer, seed: int) -> Counts:
    """Paste the best candidates of a layout in each order, with own outlines and clipped.

    Args:
        asked: The layout.
        composer: With the ordering network, whatever it is configured to go by.
        seed: Of the order by chance.
    """
    layout = asked.layout
    layers = composer.layers(layout).of(asked.matches, 1)
    best = {component: found[0].segment for component, found in layers.items()}
    own, clipped = (Contest.of(layout, best, clip) for clip in (False, True))
    orders = _orders(asked, own, composer, seed)
    where = (own.contested, own.open_category, own.open_component, clipped.open_component)
    fronts = {name: own.front(order) for name, order in orders.items()}
    right = {}
    for name, order in orders.items():
        category, component = own.shows_category(fronts[name]), own.shows_component(fronts[name])
        found = (category, category, component, clipped.shows_component(clipped.front(order)))
        right[name] = _num_px(*(mask & shown for mask, shown in zip(where, found, strict=True)))
    differs = {name: int((own.contested & (front != fronts[NETWORK])).sum()) for name, front in fronts.items()}
    del differs[NETWORK]
    return Counts(_num_px(*where), right, differs)


def _orders(asked: AskedLayout, contest: Contest, composer: Composer, seed: int) -> dict[str, list[int]]:
    """Return the components of a layout back to front, by name of the order."""
    layout, components = asked.layout, range(len(asked.layout.segments))
    rank = prior_rank(layout.segments, composer.prior)
    orders = {NETWORK: composer.order(layout), CLASS_PRIOR: replace(composer, ordering=None).order(layout)}
    if asked.true_edges is not None:
        orders[TRUE_DEPTH] = paste_order(components, asked.true_edges, rank)
    stream = random_stream(seed, "evaluate", "order by chance", layout.name)
    orders[CHANCE] = stream.permutation(len(components)).tolist()
    orders[AGREEMENT] = paste_order(components, contest.agreeing_relations(), rank)
    return orders


def _num_px(*masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.array([np.count_nonzero(mask) for mask in masks])


@dataclass(frozen=True)
class ContestedRun:
    """Counts validation layouts of a run; can be pickled, and each process opens the files once.

    Attributes:
        scenes: data/scenes.
        open_composer: Opens bank and networks.
        cut: Cuts the layout of a scene into the components that were composed.
        seed: Of the order by chance.
    """

    scenes: Path
    open_composer: Callable[[], Composer]
    cut: Callable[[Scene, BankReader, ClassTable], SegmentedLayout]
    seed: int

    def __call__(self, item: tuple[str, Sequence[ComponentMatches], Sequence[Edge] | None]) -> Counts:
        """Count the layout of a scene, by id, with its candidates and true relations."""
        name, matches, true_edges = item
        composer = self.open_composer()
        scene = open_scenes(self.scenes).load(name)
        layout = self.cut(scene, composer.bank, composer.classes)
        # Without instances, objects may have been taken apart, so that relations name other components.
        true_edges = None if scene.instances is None else true_edges
        return count_contested(AskedLayout(layout, matches, true_edges), composer, self.seed)


def evaluate_contested(
    run: ContestedRun,
    matches: Mapping[str, Sequence[ComponentMatches]],
    true_edges: Mapping[str, Sequence[Edge]] | None,
    num_resamples: int,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the content of metrics/figures/contested.json and of contested_intervals.json.

    Args:
        run: Where everything lies.
        matches: Candidates of the components, by scene id.
        true_edges: What is in front of what, by scene id; None where depth is not known.
        num_resamples: Of the bootstrap over layouts.
    """
    ids = open_scenes(run.scenes).ids("val")
    items = [(name, matches[name], None if true_edges is None else true_edges.get(name, ())) for name in ids]
    return summarise_contested(list(parallel_map(run, items, "paste in several orders")), num_resamples, run.seed)


def summarise_contested(
    counts: Sequence[Counts], num_resamples: int, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return figures and intervals of the counts of some layouts; figures that rest on no pixel are absent."""
    num_px = np.stack([count.num_px for count in counts])
    once, resamples = every_picture_once(len(counts)), draw_resamples(len(counts), num_resamples, seed)
    figures: dict[str, ByRow] = {}
    resampled: dict[str, dict[str, NDArray[np.float64]]] = {}
    orders = [name for name in ORDERS if all(name in count.right for count in counts)]
    for index, figure in enumerate(FIGURES):
        if not num_px[:, index].any():
            continue
        for name in orders:
            share = _share(np.array([count.right[name][index] for count in counts]), num_px[:, index])
            figures.setdefault(figure, {})[name] = float(share(once)[0])
            resampled.setdefault(figure, {})[name] = share(resamples)
    totals = dict(zip(FIGURES, num_px.sum(axis=0).tolist(), strict=True))
    num_contested = max(1, totals["asked_category"])
    differs = {name: sum(count.differs[name] for count in counts) / num_contested for name in orders[1:]}
    rules = {figure: rule for figure, rule in FIGURES.items() if figure in figures}
    intervals = {
        "intervals": row_intervals(figures, resampled),
        "differences": row_differences(figures, resampled, NETWORK),
        "protocol": {"interval": interval_rule(num_resamples, seed)},
    }
    return rounded({**figures, DIFFERS: differs, "num_px": totals, "protocol": _PROTOCOL | rules}), rounded(intervals)


def true_relations(pairs: TableReader) -> dict[str, list[Edge]] | None:
    """Return what is in front of what in the validation scenes, by id; None where their depth is an estimate.

    Args:
        pairs: The `ordering` table of data/simulated.
    """
    columns = ("scene_id", "split", "depth_source", "component_a", "component_b", "b_in_front")
    rows = [row for row in zip(*(pairs.column(name) for name in columns), strict=True) if row[1] == "val"]
    if any(row[2] != "sensor" for row in rows):
        return None
    edges: dict[str, list[Edge]] = {}
    for scene_id, _, _, a, b, b_in_front in rows:
        edges.setdefault(scene_id, []).append(edge_of(a, b, float(b_in_front)))
    return edges


def _share(right: NDArray[np.int64], num_px: NDArray[np.int64]) -> WeightedFigure:
    def share(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            return weighted_mean(right.astype(np.float64), weights) / weighted_mean(num_px.astype(np.float64), weights)

    return share


_PROTOCOL = {
    "contested": "labelled pixels of validation layouts that the best candidates of two components claim, as placed",
    "network": "relations of the ordering network and its rules, as canvases are pasted",
    "class_prior": "the same without the network",
    "true_depth": "relations by the depth on either side of the boundary of two components of the layout, in the "
    "scene that it was drawn from, and the ground rule; the class prior where depths are too close",
    "chance": "a random order of each layout's components",
    "agreement": "of two segments the one in front whose category more of their common pixels ask for, the most "
    "one-sided pairs first; it knows where the placed segments lie, as no other does",
}
