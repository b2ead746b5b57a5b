from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sims_core.affine import from_pixels
from sims_core.bank import ExtractBankConfig, write_bank
from sims_core.canvas import ComposeConfig, Composer
from sims_core.classes import VOID
from sims_core.datasets.synthetic_street.render import CLASSES as STREET
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.elision import ElisionConfig, contact_band
from sims_core.errors import SimsError
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import canvas_row
from sims_core.formats.matches import ComponentMatches
from sims_core.formats.scenes import write_scenes
from sims_core.matching import QueryLayout, match_layouts
from sims_core.ordering import Edge, count_prior
from sims_core.parameters import load_parameters
from sims_core.retrieval import RetrieveConfig
from sims_core.scene import Scene
from sims_core.segments import SegmentsConfig, extract_segments, is_large
from tests.conftest import CAR, POLE, ROAD, SKY, TREE
from tests.import_closure import ROOT

# Every band is on.
BANDS = load_parameters(ROOT / "presets/tiny.yaml").section("elision", ElisionConfig)
OFF = ElisionConfig(
    inner_band_fraction=0,
    inner_probability=0,
    outer_band_fraction=0,
    outer_reach_fraction=0,
    shadow_band_fraction=0,
    foliage_band_fraction=0,
)
SEGMENTS = SegmentsConfig(min_area_fraction=0.002)
# As in the paper.
PLAIN = ComposeConfig(align=True, order="network", clip=False, num_backing=0, num_variants=1, temperature=0)
RETRIEVE = RetrieveConfig(num_candidates=3, context_weight=1.0, one_per_photo=False, banned=())
FRAME = (16, 32)


class FakeTransform:
    """Moves every segment by the same number of pixels."""

    def __init__(self, down_px, right_px):
        self.matrix = np.array([[1, 0, -right_px], [0, 1, -down_px]])

    def predict(self, segments, segment_masks, target_masks, layout):
        return np.repeat(from_pixels(self.matrix, layout.shape)[None].astype(np.float32), len(segments), axis=0)


class FakeOrdering:
    """Says of every pair that the second one is in front with the same probability."""

    def __init__(self, probability):
        self.probability = probability

    def predict(self, masks_a, masks_b, layout, categories_a, categories_b):
        return np.full(len(masks_a), self.probability, dtype=np.float32)


def write_photos(folder, classes, scenes, grid=(16, 32)):
    """Write scenes and their bank; return the bank."""
    held_out = replace(scenes[0], scene_id="held out", split="val")
    write_scenes(folder / "scenes", classes, [*scenes, held_out])
    config = ExtractBankConfig(grid_height=grid[0], grid_width=grid[1], context_enlargement=0.25)
    write_bank(folder / "bank", folder / "scenes", config)
    return BankReader(folder / "bank")


@pytest.fixture
def photos(tmp_path, classes):
    """Write photos of the given layouts, all of them noise; return the bank and the photos by name."""

    def write(**layouts):
        rng = np.random.default_rng(0)
        scenes = [
            Scene(
                scene_id=name,
                split="train",
                photo=rng.integers(1, 255, (*labels.shape, 3)).astype(np.uint8),
                labels=labels,
                licence=f"licence of {name}",
            )
            for name, labels in layouts.items()
        ]
        return write_photos(tmp_path, classes, scenes), {scene.scene_id: scene.photo for scene in scenes}

    return write


def layout_of(*regions, shape=FRAME):
    """A layout of (category, top, left, bottom, right), later ones over earlier ones; void elsewhere."""
    labels = np.full(shape, VOID, dtype=np.uint8)
    for category, top, left, bottom, right in regions:
        labels[top:bottom, left:right] = category
    return labels


def asked(labels, classes):
    return QueryLayout("asked", labels, extract_segments(labels, classes))


def take(layout, bank, classes, wanted):
    """Return matches by hand: `wanted` names the photo or photos whose segments each category takes."""
    matches = []
    for index, segment in enumerate(layout.segments):
        photos = wanted.get(segment.category, [])
        photos = [photos] if isinstance(photos, str) else photos
        held = list(bank.segments(classes.names[segment.category])) if photos else []
        ids = [stored.segment_id for photo in photos for stored in held if stored.scene_id == photo]
        matches.append(
            ComponentMatches(
                component=index,
                category=segment.category,
                area_px=segment.area_px,
                segment_ids=ids,
                scores=[1.0] * len(ids),
                mask_ious=[1.0] * len(ids),
                context_ious=[0.0] * len(ids),
            )
        )
    return matches


def composer(bank, classes, elision=OFF, transform=None, ordering=None, **config):
    return Composer(
        config=PLAIN.model_copy(update=config),
        bank=bank,
        classes=classes,
        segments=SEGMENTS,
        elision=elision,
        prior=count_prior(classes, [], [], []),
        transform=transform,
        ordering=ordering,
    )


def compose(layout, matches, bank, classes, seed=0, **parts):
    """Compose, checking what holds of every canvas."""
    before = layout.labels.copy()
    canvas = composer(bank, classes, **parts).compose(layout, matches, np.random.default_rng(seed))
    assert np.array_equal(layout.labels, before)
    assert np.array_equal(canvas.provenance > 0, canvas.known)
    assert canvas.provenance.max() <= len(canvas.segment_ids)
    assert np.isin(canvas.canvas[~canvas.known], (0, 255)).all()
    assert canvas.photo_ids == [segment_id.split(":")[0] for segment_id in canvas.segment_ids]
    return canvas


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
    layout = QueryLayout("", scene.labels, extract_segments(scene.labels, STREET, scene.instances))
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
    layout = QueryLayout(scene.scene_id, scene.labels, extract_segments(scene.labels, STREET, scene.instances))
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


def test_canvas_by_hand(classes, photos):
    bank, pixels = photos(
        country=layout_of((SKY, 0, 0, 8, 32), (ROAD, 8, 0, 16, 32)),
        town=layout_of((ROAD, 4, 0, 16, 32), (CAR, 6, 10, 14, 20)),
    )
    layout = asked(layout_of((SKY, 0, 0, 6, 32), (ROAD, 6, 0, 16, 32), (CAR, 7, 11, 13, 19)), classes)
    matches = take(layout, bank, classes, {SKY: "country", ROAD: "country", CAR: "town"})
    canvas = compose(layout, matches, bank, classes)
    assert canvas.photo_ids == ["country", "country", "town"]
    assert canvas.licences == ["licence of country", "licence of country", "licence of town"]
    car = layout_of((CAR, 6, 10, 14, 20)) == CAR
    assert canvas.known.all()
    assert np.array_equal(canvas.canvas, np.where(car[..., None], pixels["town"], pixels["country"]))
    assert np.array_equal(canvas.provenance, layout_of((1, 0, 0, 8, 32), (2, 8, 0, 16, 32), (3, 6, 10, 14, 20)))
    assert np.array_equal(
        canvas.implied_layout, layout_of((SKY, 0, 0, 8, 32), (ROAD, 8, 0, 16, 32), (CAR, 6, 10, 14, 20))
    )


def test_clipped_segments_show_only_where_their_category_is_asked_for(classes, photos):
    bank, pixels = photos(
        country=layout_of((SKY, 0, 0, 8, 32), (ROAD, 8, 0, 16, 32)),
        town=layout_of((ROAD, 4, 0, 16, 32), (CAR, 6, 10, 14, 20)),
    )
    layout = asked(layout_of((SKY, 0, 0, 6, 32), (ROAD, 6, 0, 16, 32), (CAR, 7, 8, 13, 19)), classes)
    matches = take(layout, bank, classes, {SKY: "country", ROAD: "country", CAR: "town"})
    canvas = compose(layout, matches, bank, classes, clip=True)
    # Sky ends at row 6 and the photo's road begins at row 8; its car begins at column 10.
    known = layout_of((1, 0, 0, 16, 32), (0, 6, 0, 8, 32), (0, 7, 8, 13, 10), (1, 7, 10, 13, 19)) == 1
    assert np.array_equal(canvas.known, known)
    car = layout_of((CAR, 7, 10, 13, 19)) == CAR
    expected = np.where(car[..., None], pixels["town"], pixels["country"])
    assert np.array_equal(canvas.canvas[known], expected[known])
    shown = canvas.implied_layout != VOID
    assert np.array_equal(canvas.implied_layout[shown], layout.labels[shown])
    assert np.array_equal(~shown, layout_of((1, 7, 8, 13, 10)) == 1)


def test_further_candidates_fill_what_the_best_one_leaves_open(classes, photos):
    bank, pixels = photos(
        left=layout_of((ROAD, 0, 0, 16, 8), (CAR, 0, 20, 16, 22)),
        middle=layout_of((ROAD, 0, 4, 16, 12), (CAR, 0, 20, 16, 28)),
        all=layout_of((ROAD, 0, 0, 16, 32)),
    )
    layout = asked(layout_of((ROAD, 2, 0, 16, 16), (CAR, 0, 20, 16, 26)), classes)
    matches = take(layout, bank, classes, {ROAD: ["left", "middle", "all"], CAR: ["left", "middle"]})
    one, two = (compose(layout, matches, bank, classes, num_backing=number) for number in (1, 2))
    car = layout_of((1, 0, 20, 16, 26))
    assert np.array_equal(one.known, (layout_of((1, 0, 0, 16, 8), (1, 2, 8, 16, 12)) == 1) | (car == 1))
    assert one.photo_ids == ["middle", "left", "middle", "left"]
    assert one.components[0] == one.components[1] != one.components[2] == one.components[3]
    # What lies beneath keeps to the component; the best one keeps its outline.
    assert np.array_equal(two.known, (layout_of((1, 0, 0, 16, 8), (1, 2, 8, 16, 16)) == 1) | (car == 1))
    assert two.photo_ids == ["all", "middle", "left", "middle", "left"]
    assert np.array_equal(two.canvas[:, :8], pixels["left"][:, :8])
    assert np.array_equal(two.canvas[2:, 8:12], pixels["middle"][2:, 8:12])
    assert np.array_equal(two.canvas[2:, 12:16], pixels["all"][2:, 12:16])
    assert np.array_equal(two.canvas[:, 20:22], pixels["left"][:, 20:22])
    assert np.array_equal(two.canvas[:, 22:26], pixels["middle"][:, 22:26])


def in_front(layout, matches, bank, classes, *pairs):
    """Compose as in the demo, with (front, behind) pairs that hold whatever else is said."""
    parts = composer(bank, classes, clip=True)
    return parts.compose(
        layout, matches, np.random.default_rng(0), [Edge(behind, front, 1.0) for front, behind in pairs]
    )


def test_of_two_cars_the_one_that_is_said_to_be_in_front_is_pasted_last(classes, photos):
    bank, pixels = photos(left=layout_of((CAR, 4, 4, 12, 16)), right=layout_of((CAR, 4, 12, 12, 24)))
    # Void between them, or they were one component; the left one is lower, so that the rules have it in front.
    layout = asked(layout_of((CAR, 4, 4, 12, 13), (CAR, 4, 14, 11, 24)), classes)
    taken = {photo: take(layout, bank, classes, {CAR: photo}) for photo in ("left", "right")}
    matches = [taken["left"][0], taken["right"][1]]
    both = layout_of((1, 4, 14, 11, 16)) == 1  # where both photos have a car and the layout asks for one
    for pairs, photo in (((), "left"), (((0, 1),), "left"), (((1, 0),), "right")):
        canvas = in_front(layout, matches, bank, classes, *pairs)
        assert np.array_equal(canvas.canvas[both], pixels[photo][both])


def test_what_is_said_to_be_in_front_shows_where_it_reaches_into_the_other(classes, photos):
    bank, pixels = photos(
        ground=layout_of((ROAD, 2, 0, 16, 20), (SKY, 2, 20, 16, 32)), car=layout_of((CAR, 0, 8, 12, 24))
    )
    layout = asked(layout_of((SKY, 2, 20, 16, 32), (ROAD, 2, 0, 16, 20), (CAR, 6, 10, 10, 18)), classes)
    matches = take(layout, bank, classes, {SKY: "ground", ROAD: "ground", CAR: "car"})
    sky, road, car = range(3)
    place, reach = layout_of((1, 6, 10, 10, 18)) == 1, layout_of((1, 2, 8, 12, 20)) == 1
    for pairs, shown in (
        ((), place),
        (((car, road),), reach),
        (((car, sky),), place | (layout_of((1, 2, 20, 12, 24)) == 1)),
    ):
        canvas = in_front(layout, matches, bank, classes, *pairs)
        assert np.array_equal(canvas.provenance == 1 + canvas.photo_ids.index("car"), shown)
        assert np.array_equal(canvas.canvas[shown], pixels["car"][shown])
        assert np.array_equal(canvas.implied_layout == CAR, shown)
    # Behind the road there is nothing left of it to see: its place is the road's too.
    hidden = in_front(layout, matches, bank, classes, (road, car))
    assert "car" not in {hidden.photo_ids[number - 1] for number in np.unique(hidden.provenance[hidden.known])}


def test_nothing_to_paste_leaves_one_hole_and_the_layout_as_asked(classes, photos):
    bank, _ = photos(any=layout_of((SKY, 0, 0, 16, 32)))
    labels = layout_of((SKY, 0, 0, 6, 32), (ROAD, 6, 0, 15, 32), (CAR, 7, 11, 13, 19), (POLE, 2, 3, 9, 5))
    layout = asked(labels, classes)
    canvas = compose(layout, take(layout, bank, classes, {}), bank, classes, elision=BANDS)
    assert not canvas.known.any()
    assert not canvas.canvas.any()
    assert (canvas.segment_ids, canvas.licences) == ([], [])
    assert np.array_equal(canvas.implied_layout, labels)


def test_component_without_a_candidate_is_a_hole_in_what_lies_behind_it(classes, photos):
    bank, pixels = photos(any=layout_of((ROAD, 0, 0, 16, 32)))
    labels = layout_of((ROAD, 0, 0, 16, 32), (CAR, 4, 10, 12, 20))
    layout = asked(labels, classes)
    canvas = compose(layout, take(layout, bank, classes, {ROAD: "any"}), bank, classes)
    assert np.array_equal(canvas.known, labels == ROAD)
    assert not canvas.canvas[labels == CAR].any()
    assert np.array_equal(canvas.canvas[labels == ROAD], pixels["any"][labels == ROAD])
    assert np.array_equal(canvas.implied_layout, labels)


def test_uncovered_background_keeps_its_category_and_uncovered_objects_become_void(classes, photos):
    stripes = [(category, 6 * place) for place, category in enumerate((SKY, ROAD, TREE, CAR))]
    labels = layout_of(*((category, 0, left, 16, left + 6) for category, left in stripes), (POLE, 0, 24, 16, 28))
    narrow = layout_of(*((category, 0, left, 16, left + 5) for category, left in stripes), (POLE, 0, 24, 16, 27))
    bank, pixels = photos(narrow=narrow)
    layout = asked(labels, classes)
    wanted = dict.fromkeys((SKY, ROAD, TREE, CAR, POLE), "narrow")
    canvas = compose(layout, take(layout, bank, classes, wanted), bank, classes)
    assert np.array_equal(canvas.known, narrow != VOID)
    assert np.array_equal(canvas.canvas[canvas.known], pixels["narrow"][canvas.known])
    background = np.isin(labels, (SKY, ROAD, TREE))
    assert np.array_equal(canvas.implied_layout, np.where(background, labels, narrow))


def test_contact_shadows_are_left_out_around_what_was_pasted_not_what_was_asked(classes, photos):
    bank, _ = photos(town=layout_of((ROAD, 0, 0, 16, 32), (CAR, 6, 16, 14, 26)), empty=layout_of((ROAD, 0, 0, 16, 32)))
    layout = asked(layout_of((ROAD, 0, 0, 16, 32), (CAR, 4, 8, 12, 20)), classes)
    elision = OFF.model_copy(update={"outer_band_fraction": 0.125, "outer_reach_fraction": 0.25})
    matches = take(layout, bank, classes, {ROAD: "empty", CAR: "town"})
    canvas = compose(layout, matches, bank, classes, elision=elision)
    band = contact_band(canvas.implied_layout, classes, elision)
    assert np.array_equal(band, layout_of((1, 6, 15, 15, 27), (0, 6, 16, 14, 26)) == 1)
    assert np.array_equal(canvas.known, ~band)
    assert not canvas.canvas[band].any()


@pytest.mark.parametrize(("ordering", "front"), [(None, TREE), (FakeOrdering(0.9), TREE), (FakeOrdering(0.1), SKY)])
def test_network_says_what_is_in_front_and_the_prior_where_there_is_none(classes, photos, ordering, front):
    bank, pixels = photos(
        trees=layout_of((TREE, 0, 0, 16, 24), (SKY, 0, 24, 16, 32)),
        skies=layout_of((TREE, 0, 0, 16, 8), (SKY, 0, 8, 16, 32)),
    )
    layout = asked(layout_of((TREE, 0, 0, 16, 16), (SKY, 0, 16, 16, 32)), classes)
    matches = take(layout, bank, classes, {TREE: "trees", SKY: "skies"})
    canvas = compose(layout, matches, bank, classes, ordering=ordering)
    source = {TREE: "trees", SKY: "skies"}[front]
    assert canvas.photo_ids[-1] == source
    assert (canvas.implied_layout[:, 8:24] == front).all()
    assert np.array_equal(canvas.canvas[:, 8:24], pixels[source][:, 8:24])


def test_network_moves_a_segment_with_the_shadows_in_it(classes, photos):
    source = layout_of((ROAD, 8, 0, 16, 20), (CAR, 4, 4, 12, 12))
    bank, pixels = photos(left=source)
    layout = asked(layout_of((ROAD, 8, 6, 16, 26)), classes)
    elision = OFF.model_copy(update={"shadow_band_fraction": 0.125})
    matches = take(layout, bank, classes, {ROAD: "left"})
    there, moved = (
        compose(layout, matches, bank, classes, elision=elision, transform=transform)
        for transform in (None, FakeTransform(0, 6))
    )
    shadow = layout_of((1, 4, 3, 13, 13)) == 1
    assert np.array_equal(there.known, (source == ROAD) & ~shadow)
    assert np.array_equal(there.canvas[there.known], pixels["left"][there.known])
    assert np.array_equal(moved.known, np.roll(there.known, 6, axis=1))
    assert np.array_equal(moved.canvas, np.roll(there.canvas, 6, axis=1))


def test_bank_of_another_frame_size_is_refused(classes, photos):
    bank, _ = photos(any=layout_of((SKY, 0, 0, 16, 32)))
    layout = asked(np.full((8, 32), SKY, dtype=np.uint8), classes)
    with pytest.raises(SimsError, match=r"another size.*expected 32 x 8.*found 32 x 16"):
        compose(layout, take(layout, bank, classes, {SKY: "any"}), bank, classes)
