import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sims_core.scenes.depth_maps import MetricDepth, RelativeDepth, relative_depth
from sims_core.scenes.segments import extract_segments
from sims_core.simulation.depth_order import Margins, back_to_front, ordered_pairs
from tests.support.small_scenes import CAR, POLE, ROAD, SKY, TREE, make_scene

VOID = 255


def columns(*categories, width=4, height=8):
    """A layout of upright stripes."""
    return np.repeat(np.array(categories, dtype=np.uint8), width)[None].repeat(height, axis=0)


def depths(*values_m, width=4, height=8):
    return np.repeat(np.array(values_m, dtype=np.float32), width)[None].repeat(height, axis=0)


def order(labels, depth, classes, min_depth_ratio=1.1, min_disparity_fraction=0.1):
    """Depth is metric, or an array of metres."""
    segments = extract_segments(labels, classes)
    depth = MetricDepth(depth, "sensor") if isinstance(depth, np.ndarray) else depth
    margins = Margins(min_depth_ratio=min_depth_ratio, min_disparity_fraction=min_disparity_fraction)
    return segments, ordered_pairs(segments, range(len(segments)), depth, classes, margins)


def only_pair(labels, depth, classes, *margins):
    _, pairs = order(labels, depth, classes, *margins)
    assert len(pairs) == 1
    return pairs[0]


def test_two_grounds_hide_nothing_of_each_other(two_grounds):
    road, sidewalk, car = 0, 1, 2
    assert order(columns(road, sidewalk), depths(5, 20), two_grounds)[1] == []
    assert only_pair(columns(sidewalk, car), depths(5, 20), two_grounds).by_rule


def test_nearer_one_is_in_front(classes):
    pair = only_pair(columns(SKY, TREE), depths(20, 10), classes)
    assert (pair.component_a, pair.component_b, pair.at_a, pair.at_b) == (0, 1, 20, 10)
    assert pair.b_in_front
    assert not pair.by_rule
    assert not only_pair(columns(SKY, TREE), depths(10, 20), classes).b_in_front


def test_depth_counts_where_they_meet_only(classes):
    # In a frame 8 pixels high they are compared within 2 of the boundary: the tree's far half has no say.
    labels = columns(SKY, SKY, TREE, TREE)
    pair = only_pair(labels, depths(1, 20, 10, 900), classes)
    assert (pair.at_a, pair.at_b, pair.b_in_front) == (20, 10, True)
    # In a frame 512 high within 10.
    tall = only_pair(columns(SKY, TREE, width=20, height=512), depths(1, 20, 10, 900, width=10, height=512), classes)
    assert (tall.at_a, tall.at_b) == (20, 10)


def test_depth_at_the_boundary_to_another_neighbour_has_no_say(classes):
    # The tree is 10 m away beside the sky and 30 m beside the car, which hides that end of it.
    labels = columns(SKY, SKY, TREE, TREE, CAR, CAR)
    _, pairs = order(labels, depths(20, 20, 10, 30, 5, 5), classes)
    assert [(pair.at_a, pair.at_b, pair.b_in_front) for pair in pairs] == [(20, 10, True), (5, 30, False)]


def test_the_width_of_the_frame_does_not_decide_how_near_the_boundary(classes):
    # 8 pixels high: within 2 of the boundary, whatever the width. 20 m begin 2 columns before it, 10 m end 2 after it.
    labels = columns(SKY, TREE, width=256)
    depth_m = np.repeat(np.array([1, 20, 10, 900], dtype=np.float32), (254, 2, 2, 254))[None].repeat(8, axis=0)
    pair = only_pair(labels, depth_m, classes)
    assert (pair.at_a, pair.at_b) == (20, 10)


def test_depth_at_the_boundary_is_the_median_of_what_is_known(classes):
    labels = columns(SKY, TREE, width=2, height=5)
    depth_m = depths(20, 10, width=2, height=5)
    depth_m[:, 0:2] = np.array([[3], [40], [0], [0], [20]])
    assert only_pair(labels, depth_m, classes).at_a == 20


def test_one_pixel_between_two_segments_does_not_hide_their_depths(classes):
    labels = columns(SKY, SKY, SKY, SKY, VOID, TREE, TREE, TREE, TREE, width=1)
    pair = only_pair(labels, np.where(labels == TREE, 5, 10).astype(np.float32), classes)
    assert (pair.at_a, pair.at_b, pair.b_in_front) == (10, 5, True)


def test_pair_without_depth_on_one_side_is_left_out(classes):
    for depth_m in (depths(0, 5), depths(5, 0), depths(0, 0)):
        assert order(columns(SKY, TREE), depth_m, classes)[1] == []


def test_ratio_decides_what_is_too_close_to_call(classes):
    labels = columns(SKY, TREE)
    assert order(labels, depths(11.9, 10), classes, 1.2)[1] == []
    assert only_pair(labels, depths(12, 10), classes, 1.2).b_in_front
    assert not only_pair(labels, depths(10, 12), classes, 1.2).b_in_front
    assert order(labels, depths(10, 10), classes, 1.0)[1] == []
    assert only_pair(labels, depths(10.1, 10), classes, 1.0).b_in_front


def test_sky_is_behind_whatever_has_a_depth(classes):
    pair = only_pair(columns(SKY, TREE), depths(np.inf, 600), classes)
    assert pair.b_in_front
    assert order(columns(SKY, TREE), depths(np.inf, np.inf), classes)[1] == []
    assert order(columns(SKY, TREE), depths(np.inf, 0), classes)[1] == []


def test_rule_overrides_depth(classes):
    for standing in (CAR, POLE):
        for road_m, standing_m in ((5, 20), (20, 5), (0, 0), (7, 7)):
            pair = only_pair(columns(ROAD, ROAD, standing), depths(road_m, road_m, standing_m), classes)
            assert pair.by_rule
            assert pair.b_in_front
            assert (pair.at_a, pair.at_b) == (road_m, standing_m)


def test_two_of_one_category_are_compared_too(classes):
    labels = columns(CAR, CAR)
    labels[:, 4] = VOID
    pair = only_pair(labels, depths(9, 3), classes)
    assert (pair.at_a, pair.at_b, pair.b_in_front) == (9, 3, True)


def test_only_given_components_take_part(classes):
    labels, depth_m = columns(SKY, TREE, CAR), depths(30, 20, 10)
    segments, pairs = order(labels, depth_m, classes)
    names = {index: segment.category for index, segment in enumerate(segments)}
    assert [(names[p.component_a], names[p.component_b]) for p in pairs] == [(SKY, TREE), (CAR, TREE)]
    assert [p.b_in_front for p in pairs] == [True, False]
    margins = Margins(min_depth_ratio=1.1, min_disparity_fraction=0.1)
    assert ordered_pairs(segments, [0, 1], MetricDepth(depth_m, "sensor"), classes, margins) == []


def test_front_one_is_nearer_unless_ruled(classes):
    num_pairs = 0
    for seed in range(20):
        scene = make_scene("s", "train", seed)
        for pair in order(scene.labels, scene.depth_m, classes)[1]:
            near, far = sorted((pair.at_a, pair.at_b))
            if not pair.by_rule:
                num_pairs += 1
                assert far >= 1.1 * near > 0
                assert pair.b_in_front == (pair.at_b < pair.at_a)
    assert num_pairs > 20


def test_segments_are_put_in_order_by_the_median_of_their_known_pixels(classes):
    labels = columns(SKY, ROAD, CAR)
    depth_m = depths(np.inf, 8, 0)
    depth_m[:3, 4:8] = 2
    depth_m[:2, 4:8] = 0
    segments = extract_segments(labels, classes)
    assert [segment.category for segment in segments] == [SKY, ROAD, CAR]
    assert back_to_front(segments, MetricDepth(depth_m, "sensor")) == [0, 1, 2]
    depth_m[:, 8:] = 7.9  # the road's known median is 8
    assert back_to_front(segments, MetricDepth(depth_m, "sensor")) == [0, 1, 2]
    depth_m[:, 8:] = 8.1
    assert back_to_front(segments, MetricDepth(depth_m, "sensor")) == [0, 2, 1]


def relative(*disparities):
    return RelativeDepth(depths(*disparities), "transformers")


def test_larger_disparity_is_in_front(classes):
    pair = only_pair(columns(SKY, TREE), relative(0.2, 0.6), classes)
    assert (pair.at_a, pair.at_b) == (np.float32(0.2), np.float32(0.6))
    assert pair.b_in_front
    assert not pair.by_rule
    assert not only_pair(columns(SKY, TREE), relative(0.6, 0.2), classes).b_in_front
    labels = columns(SKY, ROAD, CAR)
    assert back_to_front(extract_segments(labels, classes), relative(-np.inf, 0.9, 0.4)) == [0, 2, 1]


def test_a_difference_and_no_ratio_decides_what_relative_depth_leaves_open(classes):
    labels = columns(SKY, TREE)
    # Ten times as large, and still closer than a tenth of the range.
    assert order(labels, relative(0.01, 0.1), classes)[1] == []
    assert only_pair(labels, relative(0.75, 0.875), classes, 1.1, 0.125).b_in_front
    assert order(labels, relative(0.75, 0.875), classes, 1.1, 0.126)[1] == []
    assert order(labels, relative(0.5, 0.5), classes, 1.1, 0)[1] == []
    assert only_pair(labels, relative(0.5, 0.51), classes, 50, 0).b_in_front


def test_sky_is_behind_the_farthest_relative_depth(classes):
    labels = columns(SKY, TREE)
    assert only_pair(labels, relative(-np.inf, 0), classes).b_in_front
    assert order(labels, relative(-np.inf, -np.inf), classes)[1] == []


def test_rule_overrides_relative_depth(classes):
    for road, car in ((0.9, 0.1), (0.1, 0.9), (0.5, 0.5)):
        pair = only_pair(columns(ROAD, ROAD, CAR), relative(road, road, car), classes)
        assert pair.by_rule
        assert pair.b_in_front


@given(seed=st.integers(0, 2**32 - 1), factor=st.floats(0.01, 1000), offset=st.floats(-50, 50))
def test_factor_and_offset_of_relative_depth_do_not_matter(classes, seed, factor, offset):
    rng = np.random.default_rng(seed)
    labels = columns(*rng.integers(0, 5, 3))
    inverse, sky = depths(*rng.integers(0, 9, 3)), labels == SKY
    one = relative_depth(inverse, sky, "transformers")
    other = relative_depth((inverse.astype(np.float64) * factor + offset), sky, "transformers")
    np.testing.assert_allclose(one.disparity, other.disparity, atol=1e-6)
    assert [p.b_in_front for p in order(labels, one, classes)[1]] == [
        p.b_in_front for p in order(labels, other, classes)[1]
    ]
