"""Composition by hand, on layouts of 16 x 32 pixels."""

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.composition.elision import contact_band
from sims_core.composition.paste_order import Edge
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import Scene
from tests.support.small_composition import (
    BANDS,
    OFF,
    FakeOrdering,
    FakeTransform,
    asked,
    compose,
    composer,
    layout_of,
    take,
    write_photos,
)
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, TREE


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


def test_each_variant_fades_pixels_of_its_own_and_again_the_same(classes, photos):
    bank, _ = photos(any=layout_of((SKY, 0, 0, 16, 24)))
    layout = asked(layout_of((SKY, 0, 0, 16, 32)), classes)
    matches = take(layout, bank, classes, {SKY: "any"})
    fading = OFF.model_copy(update={"inner_band_fraction": 0.25, "inner_probability": 0.5})
    # One candidate: every variant shows it, its border within the frame faded in another way.
    parts = composer(bank, classes, elision=fading)
    shown = [canvas.known.tobytes() for canvas in parts.variants(layout, matches, 3, seed=0)]
    assert len(set(shown)) == 3
    assert [canvas.known.tobytes() for canvas in parts.variants(layout, matches, 2, seed=0)] == shown[:2]
    (other_seed,) = parts.variants(layout, matches, 1, seed=1)
    assert other_seed.known.tobytes() not in shown


def test_bank_of_another_frame_size_is_refused(classes, photos):
    bank, _ = photos(any=layout_of((SKY, 0, 0, 16, 32)))
    layout = asked(np.full((8, 32), SKY, dtype=np.uint8), classes)
    with pytest.raises(SimsError, match=r"another size.*expected 32 x 8.*found 32 x 16"):
        compose(layout, take(layout, bank, classes, {SKY: "any"}), bank, classes)
