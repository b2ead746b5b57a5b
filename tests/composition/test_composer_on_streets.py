"""Composition on rendered streets: a photo in the bank comes back, and every pixel has its source."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.formats.canvases import canvas_row
from sims_core.retrieval.candidates import match_layouts
from sims_core.retrieval.search import RetrieveConfig
from sims_core.scenes.segmented_layout import SegmentedLayout, is_large
from sims_core.scenes.street_categories import CANONICAL as STREET
from tests.support.small_composition import BANDS, SEGMENTS, FakeOrdering, FakeTransform, compose, write_photos

RETRIEVE = RetrieveConfig(num_candidates=3, context_weight=1.0, one_per_photo=False, banned=(), split_margin=None)


@cache
def street_photos():
    return [render_scene(0, f"street_{index:05d}", "train", 64, 128) for index in (0, 1)]


@pytest.fixture(scope="module", params=["instances", "no instances"])
def street(request, tmp_path_factory):
    """Rendered photos and their bank, with and without instance maps."""
    scenes = street_photos()
    if request.param == "no instances":
        scenes = [replace(scene, instances=None) for scene in scenes]
    return scenes, write_photos(tmp_path_factory.mktemp("street"), STREET, scenes, grid=(64, 128))


def self_test(scene, bank, **parts):
    """Compose a photo's layout with the photo itself in the bank; return the canvas and where segments are large."""
    layout = SegmentedLayout.of("", scene.labels, STREET, scene.instances)
    matches = match_layouts([layout], bank, STREET, RETRIEVE, SEGMENTS)[""]
    covered = np.zeros(scene.labels.shape, dtype=bool)
    for match in matches:
        if is_large(match.area_px, scene.labels.shape, SEGMENTS):
            assert match.segment_ids[0] == f"{scene.scene_id}:{match.component:04d}"
            assert match.scores[0] == 2
            covered |= layout.segments[match.component].full_mask(covered.shape)
    return compose(layout, matches, bank, STREET, **parts), covered


def test_photo_in_the_bank_is_reproduced_wherever_a_segment_is_large(street):
    scenes, bank = street
    for scene in scenes:
        canvas, covered = self_test(scene, bank)
        assert covered.mean() > 0.9
        assert np.array_equal(canvas.known, covered)
        assert np.array_equal(canvas.canvas[covered], scene.photo[covered])
        assert not canvas.canvas[~covered].any()
        assert np.array_equal(canvas.implied_layout[covered], scene.labels[covered])
        assert set(canvas.photo_ids) == {scene.scene_id}


def test_photo_in_the_bank_is_reproduced_whatever_the_networks_say(street):
    scenes, bank = street
    expected, _ = self_test(scenes[0], bank)
    for down_px, probability in ((2, 0.0), (-3, 1.0)):
        canvas, _ = self_test(scenes[0], bank, transform=FakeTransform(down_px, 1), ordering=FakeOrdering(probability))
        assert np.array_equal(canvas.canvas, expected.canvas)
        assert np.array_equal(canvas.known, expected.known)


def test_elision_takes_away_and_changes_nothing_else(street):
    scenes, bank = street
    for scene in scenes:
        canvas, covered = self_test(scene, bank, elision=BANDS)
        assert 0.6 < canvas.known[covered].mean() < 0.95
        assert not canvas.known[~covered].any()
        assert np.array_equal(canvas.canvas[canvas.known], scene.photo[canvas.known])
        assert (canvas.canvas[covered & ~canvas.known] == 255).all(axis=-1).any()


def test_other_photos_give_a_canvas_with_its_sources(street):
    scenes, bank = street
    scene = scenes[0]
    layout = SegmentedLayout.of(scene.scene_id, scene.labels, STREET, scene.instances)
    matches = match_layouts([layout], bank, STREET, RETRIEVE, SEGMENTS)[scene.scene_id]
    canvas = compose(layout, matches, bank, STREET, elision=BANDS)
    assert scene.scene_id not in canvas.photo_ids
    assert sorted(canvas.segment_ids) == sorted(match.segment_ids[0] for match in matches if match.segment_ids)
    photos = {scene.scene_id: scene.photo for scene in scenes}
    for number, photo_id in enumerate(canvas.photo_ids, start=1):
        pasted = canvas.provenance == number
        assert np.array_equal(canvas.canvas[pasted], photos[photo_id][pasted])


def test_same_stream_gives_the_same_canvas(street):
    scenes, bank = street
    first, again, other = (self_test(scenes[0], bank, elision=BANDS, seed=seed)[0] for seed in (4, 4, 5))
    assert canvas_row("s", 0, first) == canvas_row("s", 0, again)
    assert not np.array_equal(first.known, other.known)
    assert np.array_equal(first.implied_layout, other.implied_layout)
