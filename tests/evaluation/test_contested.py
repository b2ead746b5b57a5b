"""Who is in front on contested pixels: counts of one layout, shares and intervals of several, true relations."""

from dataclasses import replace

import numpy as np
import pytest

from sims_core.composition.claims import Contest
from sims_core.composition.paste_order import Edge
from sims_core.evaluation.run.contested import (
    FIGURES,
    AskedLayout,
    Counts,
    count_contested,
    summarise_contested,
    true_relations,
)
from sims_core.formats.simulated import ORDERING_PAIRS
from sims_core.formats.tables import TableReader, image_cell, write_table
from sims_core.scenes.scene import Scene
from tests.support.small_composition import FakeOrdering, asked, composer, layout_of, take, write_photos
from tests.support.small_scenes import CAR, SKY, TREE

TOWN = layout_of((SKY, 0, 0, 8, 32), (TREE, 4, 0, 16, 20), (CAR, 8, 10, 14, 30))


@pytest.fixture
def bank(tmp_path, classes):
    photos = {"sky": layout_of((SKY, 0, 0, 10, 32)), "tree": layout_of((TREE, 2, 0, 16, 24))}
    photos["car"] = layout_of((CAR, 6, 8, 16, 32))
    scenes = [
        Scene(scene_id=name, split="train", photo=np.zeros((*labels.shape, 3), dtype=np.uint8), labels=labels)
        for name, labels in photos.items()
    ]
    return write_photos(tmp_path, classes, scenes)


def test_counts_of_a_layout_are_those_of_its_contest(bank, classes):
    layout = asked(TOWN, classes)
    matches = take(layout, bank, classes, {SKY: ["sky"], TREE: ["tree", "tree"], CAR: "car"})
    numbers = {segment.category: component for component, segment in enumerate(layout.segments)}
    sky, tree, car = (numbers[category] for category in (SKY, TREE, CAR))
    edges = [Edge(sky, tree, 1.0), Edge(tree, car, 1.0), Edge(sky, car, 1.0)]
    # A network that has the second of each pair in front: here that is the one with the larger number.
    parts = composer(bank, classes, ordering=FakeOrdering(0.9))
    counts = count_contested(AskedLayout(layout, matches, edges), parts, seed=0)
    claims = {sky: (SKY, 0, 0, 10, 32), tree: (TREE, 2, 0, 16, 24), car: (CAR, 6, 8, 16, 32)}
    places = {component: layout_of(claim) != 255 for component, claim in claims.items()}
    contested = (sum(place.astype(int) for place in places.values()) > 1) & (TOWN != 255)
    assert counts.num_px[0] == contested.sum()
    for name, order in (("network", sorted(numbers.values())), ("true_depth", [sky, tree, car])):
        shown = np.full(TOWN.shape, 255)
        for component in order:
            shown[places[component]] = layout.segments[component].category
        assert counts.right[name][0] == (contested & (shown == TOWN)).sum()
    # Categories have one component each: cut to the layout nothing is contested.
    assert counts.num_px[3] == 0
    assert set(counts.right) == {"network", "class_prior", "true_depth", "chance", "agreement"}
    assert set(counts.differs) == {"class_prior", "true_depth", "chance", "agreement"}
    unknown = count_contested(AskedLayout(layout, matches, None), parts, seed=0)
    assert set(unknown.right) == {"network", "class_prior", "chance", "agreement"}
    by_prior = count_contested(AskedLayout(layout, matches, edges), replace(parts, ordering=None), seed=0)
    assert np.array_equal(by_prior.right["network"], counts.right["class_prior"])
    assert by_prior.differs["class_prior"] == 0


def test_only_best_candidates_claim(bank, classes, monkeypatch):
    layout = asked(TOWN, classes)
    seen = []
    original = Contest.of.__func__
    monkeypatch.setattr(Contest, "of", classmethod(lambda cls, *args: seen.append(args[1]) or original(cls, *args)))
    matches = take(layout, bank, classes, {SKY: "sky", TREE: ["tree", "car"], CAR: ["car"]})
    count_contested(AskedLayout(layout, matches, None), composer(bank, classes, num_backing=2), seed=0)
    assert [found.box for found in seen[0].values()] == [
        (0, 0, 10, 32) if s.category == SKY else (2, 0, 16, 24) if s.category == TREE else (6, 8, 16, 32)
        for s in layout.segments
    ]


def counts(num_px, network, prior, differs):
    right = {"network": np.array(network), "class_prior": np.array(prior)}
    return Counts(np.array(num_px), right, {"class_prior": differs})


def test_shares_are_of_all_pixels_and_differences_are_paired():
    found = [
        counts([10, 4, 6, 0], [6, 3, 5, 0], [5, 2, 5, 0], 2),
        counts([30, 20, 10, 0], [9, 6, 2, 0], [8, 5, 2, 0], 4),
    ]
    figures, intervals = summarise_contested(found, num_resamples=200, seed=0)
    assert figures["asked_category"] == {"network": 15 / 40, "class_prior": 13 / 40}
    assert figures["asked_category_where_open"] == {"network": 9 / 24, "class_prior": pytest.approx(7 / 24, abs=1e-6)}
    assert figures["differs_from_network"] == {"class_prior": 6 / 40}
    assert figures["num_px"] == dict(zip(FIGURES, (40, 24, 16, 0), strict=True))
    # What rests on no pixel is absent, and what is the same on every layout differs by nothing on every resample.
    last = "clipped_asked_component_where_open"
    assert not {last} & (figures.keys() | intervals["intervals"].keys() | figures["protocol"].keys())
    same = intervals["differences"]["asked_component_where_open"]["network_minus_class_prior"]
    assert same == {"value": 0, "low": 0, "high": 0}
    # One pixel of ten or one of thirty: no resample has a smaller or a larger difference.
    paired = intervals["differences"]["asked_category"]["network_minus_class_prior"]
    assert 1 / 30 - 1e-6 <= paired["low"] < paired["value"] == 0.05 < paired["high"] <= 0.1


def pair(scene_id, split, a, b, b_in_front, source):
    mask = image_cell(np.ones((2, 2), dtype=bool))
    cells = {"mask_a": mask, "mask_b": mask, "layout": image_cell(np.zeros((2, 2), dtype=np.uint8))}
    numbers = {"category_a": 0, "category_b": 1, "component_a": a, "component_b": b}
    kind = {"depth_source": source, "depth_kind": "metric", "b_in_front": b_in_front, "by_rule": False}
    depths = dict.fromkeys(("depth_a_m", "depth_b_m", "disparity_a", "disparity_b"))
    return {"scene_id": scene_id, "split": split, **numbers, **cells, **kind, **depths}


def test_true_relations_are_those_of_measured_depth(tmp_path):
    rows = [
        pair("one", "val", 0, 2, True, "sensor"),
        pair("one", "val", 1, 2, False, "sensor"),
        pair("two", "train", 0, 1, True, "network"),
    ]
    write_table(tmp_path / "pairs", "ordering", ORDERING_PAIRS, rows, "ordering pairs")
    found = true_relations(TableReader(tmp_path / "pairs", ORDERING_PAIRS))
    assert found == {"one": [Edge(behind=0, front=2, confidence=1.0), Edge(behind=2, front=1, confidence=1.0)]}
    rows.append(pair("three", "val", 0, 1, True, "network"))
    write_table(tmp_path / "mixed", "ordering", ORDERING_PAIRS, rows, "ordering pairs")
    assert true_relations(TableReader(tmp_path / "mixed", ORDERING_PAIRS)) is None
