from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sims_core.base.errors import SimsError
from sims_core.datasets.adapters import camvid
from sims_core.depth.estimate import EstimateDepthConfig, choose_depth, write_depths
from sims_core.depth.metrics import depth_errors, mean_errors
from sims_core.formats.depth import DepthReader, decode_disparity, encode_disparity, write_depth_maps
from sims_core.scenes.category_names import canonical_labels
from sims_core.scenes.classes import VOID, Category, ClassTable, Role
from sims_core.scenes.depth_maps import MetricDepth, RelativeDepth, relative_depth
from sims_core.scenes.street_categories import CANONICAL
from tests.support.artifacts import sign
from tests.support.small_scenes import CAR, ROAD, SKY, TREE, make_scene


def table(*names):
    return ClassTable(
        categories=tuple(
            Category(name=name, colour=(index, 0, 0), role=Role.STUFF) for index, name in enumerate(names, start=1)
        )
    )


def canonical_names(classes):
    labels = np.arange(len(classes), dtype=np.uint8)[None]
    found = canonical_labels(labels, classes)[0]
    return [None if index == VOID else CANONICAL.names[index] for index in found]


class FakeEstimate:
    """Estimates one number everywhere and remembers what it was shown."""

    def __init__(self, depth_m=7.0):
        self.depth_m = depth_m
        self.shown = []

    def __call__(self, photo, labels):
        self.shown.append((photo, labels))
        return MetricDepth(np.full(labels.shape, self.depth_m, dtype=np.float32), "network")


def relative_estimate(photo, labels):
    """Nearer from row to row, in a unit that nobody knows."""
    rows = np.arange(labels.shape[0], dtype=np.float32)[:, None] * np.ones(labels.shape[1], np.float32)
    return relative_depth(40 + 3 * rows, np.zeros(labels.shape, bool), "transformers")


def config(source, model=None):
    return EstimateDepthConfig(source=source, model=model, output="config")


def test_canonical_names_stay_and_synonyms_are_translated():
    names = ("tree", "car", "pavement", "fence", "bicyclist")
    assert canonical_names(table(*names)) == ["vegetation", "car", "sidewalk", "fence", "rider"]
    assert canonical_names(CANONICAL) == list(CANONICAL.names)
    assert None not in canonical_names(camvid.CLASSES)
    names = ("sky-other", "clouds", "building-other", "signboard", "suvpickuptruck", "minibike", "palm", "wall-brick")
    assert canonical_names(table(*names)) == [
        "sky", "sky", "building", "traffic sign", "car", "motorcycle", "vegetation", "wall",
    ]  # fmt: skip


def test_names_without_counterpart_and_void_become_void():
    classes = table("fridge", "road")
    labels = np.array([[0, 1, VOID]], dtype=np.uint8)
    assert canonical_labels(labels, classes).tolist() == [[VOID, CANONICAL.names.index("road"), VOID]]


def test_sensor_is_taken_where_the_scene_has_it_and_sky_is_infinite(classes):
    scene = make_scene("s", "train", 0)
    measured = replace(scene, depth_m=np.full_like(scene.depth_m, 3))
    measured.depth_m[20, :5] = 0
    estimate = FakeEstimate()
    for source in ("auto", "sensor"):
        found = choose_depth(measured, classes, config(source), estimate)
        assert found.source == "sensor"
        assert found.depth_m.dtype == np.float32
        assert np.array_equal(found.depth_m, np.where(scene.labels == SKY, np.inf, measured.depth_m))
    assert estimate.shown == []
    assert (measured.depth_m[scene.labels == SKY] == 3).all()  # the scene's own depth is not changed


def test_network_estimates_where_there_is_no_sensor_or_it_is_not_wanted(classes):
    scene = make_scene("s", "train", 0)
    without = replace(scene, depth_m=None)
    for source, shown in (("auto", without), ("network", without), ("network", scene)):
        estimate = FakeEstimate(7)
        found = choose_depth(shown, classes, config(source), estimate)
        assert found.source == "network"
        assert np.array_equal(found.depth_m, np.where(scene.labels == SKY, np.inf, 7).astype(np.float32))
        ((photo, labels),) = estimate.shown
        assert np.array_equal(photo, scene.photo)
        for own, canonical in ((ROAD, "road"), (CAR, "car"), (TREE, "vegetation"), (SKY, "sky")):
            assert (labels[scene.labels == own] == CANONICAL.names.index(canonical)).all()


def test_scene_without_the_sensor_that_is_asked_for(classes):
    scene = replace(make_scene("s7", "train", 0), depth_m=None)
    with pytest.raises(SimsError, match=r"scene 's7': has no depth; set estimate_depth\.source to auto or network"):
        choose_depth(scene, classes, config("sensor"), FakeEstimate())


def test_class_table_without_sky_has_nothing_infinite():
    scene = make_scene("s", "train", 0)
    found = choose_depth(scene, table("a", "b", "c", "d", "e"), config("network"), FakeEstimate(7))
    assert (found.depth_m == 7).all()


def test_written_depths_come_back_and_are_counted(tmp_path, classes):
    scenes = [make_scene("t0", "train", 0), make_scene("t1", "train", 1), make_scene("v0", "val", 2)]
    scenes[1] = replace(scenes[1], depth_m=None)
    content = write_depths(tmp_path / "depth", scenes, classes, config("auto"), FakeEstimate(7))
    assert [content[f"num_{source}"] for source in ("sensor", "network", "transformers")] == [2, 1, 0]
    reader = DepthReader(tmp_path / "depth")
    for scene, source in zip(scenes, ("sensor", "network", "sensor"), strict=True):
        found = reader.load(scene.scene_id)
        assert found.source == source
        expected = choose_depth(scene, classes, config("auto"), FakeEstimate(7)).depth_m
        assert np.array_equal(np.isinf(found.depth_m), scene.labels == SKY)
        finite = np.isfinite(expected)
        assert np.abs(found.depth_m[finite] - expected[finite]).max() <= 0.00501  # whole centimetres


def test_error_of_the_network_is_measured_on_validation_scenes_only(tmp_path, classes):
    def errors_on_val(scenes):
        content = write_depths(tmp_path / "depth", scenes, classes, config("auto"), FakeEstimate(7))
        return content.get("network_on_val")

    train, val, other = make_scene("t", "train", 0), make_scene("v", "val", 1), make_scene("w", "val", 2)
    assert errors_on_val([train, replace(val, depth_m=None)]) is None
    found = errors_on_val([train, val, other])
    assert found["num_scenes"] == 2
    estimate = np.full(val.labels.shape, 7, dtype=np.float32)
    each = [depth_errors(estimate, scene.depth_m) for scene in (val, other)]
    for name in each[0]:
        assert found[name] == pytest.approx((each[0][name] + each[1][name]) / 2, rel=1e-5)
    assert "sky" in found["protocol"]


def test_errors_by_hand():
    truth = np.array([[10.0, 20.0, 0.0, np.inf]], dtype=np.float32)
    estimate = np.array([[12.0, 16.0, 5.0, 5.0]], dtype=np.float32)
    found = depth_errors(estimate, truth)
    assert found["absolute_relative_error"] == pytest.approx((2 / 10 + 4 / 20) / 2)
    assert found["rmse_m"] == pytest.approx(np.sqrt((4 + 16) / 2))
    assert found["share_within_1_25"] == 0.5  # 12 / 10 is, 20 / 16 = 1.25 is not below


def test_no_measured_depth_no_errors():
    assert depth_errors(np.ones((1, 2), np.float32), np.array([[0, np.inf]], np.float32)) is None


@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([1.0625, 1.125, 1.25, 1.5, 4]))
def test_errors_of_a_scaled_truth(seed, factor):
    truth = 2 ** np.random.default_rng(seed).integers(0, 7, (4, 6)).astype(np.float32)
    scaled = truth * np.float32(factor)  # exact, and so is the ratio of the two: powers of two by 5 bits at most
    larger, smaller = depth_errors(scaled, truth), depth_errors(truth, scaled)
    for found in (larger, smaller):
        assert found["share_within_1_25"] == (factor < 1.25)
    assert larger["absolute_relative_error"] == factor - 1
    assert larger["rmse_m"] == pytest.approx((factor - 1) * np.sqrt((truth**2).mean()))
    assert depth_errors(truth, truth) == {"absolute_relative_error": 0, "rmse_m": 0, "share_within_1_25": 1}


def test_mean_of_errors_has_six_digits():
    assert mean_errors([{"a": 1.0, "b": 0.1}, {"a": 2.0, "b": 0.12345678}]) == {"a": 1.5, "b": 0.111728}


def test_source_is_one_of_four_and_transformers_needs_a_model():
    with pytest.raises(ValidationError):
        config("lidar")
    with pytest.raises(ValidationError, match="needs 'model'"):
        config("transformers")
    assert config("transformers", "models/midas").model == "models/midas"


def test_scene_that_only_an_untrained_network_could_help(classes):
    scene = make_scene("s7", "train", 0)
    assert choose_depth(scene, classes, config("auto"), None).source == "sensor"
    with pytest.raises(SimsError, match=r"scene 's7': has no depth, and no network was trained.*depth\.source: none"):
        choose_depth(replace(scene, depth_m=None), classes, config("auto"), None)


def test_relative_depth_comes_back_and_is_not_measured_in_metres(tmp_path, classes):
    scenes = [make_scene("t0", "train", 0), make_scene("v0", "val", 1)]
    content = write_depths(tmp_path / "depth", scenes, classes, config("transformers", "m"), relative_estimate)
    assert content == {"num_sensor": 0, "num_network": 0, "num_transformers": 2}
    for scene in scenes:
        found = DepthReader(tmp_path / "depth").load(scene.scene_id)
        assert isinstance(found, RelativeDepth)
        assert found.source == "transformers"
        rows, sky = np.indices(scene.labels.shape)[0], scene.labels == SKY
        assert np.isneginf(found.disparity[sky]).all()
        first = rows[~sky].min()  # the topmost pixel that is not sky is the farthest of the picture
        expected = (rows - first) / (rows.max() - first)
        np.testing.assert_allclose(found.disparity[~sky], expected[~sky], atol=1e-5)


def test_metric_depth_of_a_model_is_measured_and_taken_for_all_scenes(tmp_path, classes):
    def estimate(photo, labels):
        return MetricDepth(np.full(labels.shape, 7, dtype=np.float32), "transformers")

    scenes = [make_scene("t0", "train", 0), make_scene("v0", "val", 1)]
    content = write_depths(tmp_path / "depth", scenes, classes, config("transformers", "m"), estimate)
    assert content["num_transformers"] == 2
    assert content["transformers_on_val"]["num_scenes"] == 1
    estimated = np.full(scenes[1].labels.shape, 7, dtype=np.float32)
    expected = depth_errors(estimated, scenes[1].depth_m)
    assert content["transformers_on_val"]["rmse_m"] == pytest.approx(expected["rmse_m"], rel=1e-5)


def test_metric_and_relative_depth_are_not_written_into_one_folder(tmp_path, classes):
    scenes = [make_scene("t0", "train", 0), replace(make_scene("v0", "val", 1), depth_m=None)]
    with pytest.raises(SimsError, match="metric and relative depth are mixed, expected one of the two") as caught:
        write_depths(tmp_path / "depth", scenes, classes, config("auto"), relative_estimate)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "depth").exists()


def test_a_folder_with_metric_and_relative_depth_is_not_read(tmp_path):
    values = np.ones((2, 2), np.float32)
    for name, depth in (("a", MetricDepth(values, "sensor")), ("b", RelativeDepth(values, "transformers"))):
        write_depth_maps(tmp_path / name, [(name, depth)])
    (tmp_path / "b/depth-00000.parquet").rename(tmp_path / "a/depth-00001.parquet")
    sign(tmp_path / "a")
    with pytest.raises(SimsError, match="metric and relative depth are mixed"):
        DepthReader(tmp_path / "a")


@given(st.lists(st.floats(0, 1, width=32) | st.just(-np.inf), min_size=1))
def test_stored_disparities_keep_their_order_and_the_sky(values):
    disparity = np.array([values], dtype=np.float32)
    encoded = encode_disparity(disparity)
    again = decode_disparity(encoded)
    assert again.dtype == np.float32
    assert np.array_equal(np.isneginf(again), np.isneginf(disparity))
    finite = np.isfinite(disparity)
    assert np.abs(again[finite] - disparity[finite]).max(initial=0) < 1e-5
    assert np.array_equal(encode_disparity(again), encoded)


def test_range_of_relative_depth_is_that_of_what_is_no_sky():
    sky = np.array([[True, False, False, False]])
    found = relative_depth(np.array([[-100, 2, 4, 12]], np.float32), sky, "transformers")
    assert found.disparity.tolist() == [[-np.inf, 0, pytest.approx(0.2), 1]]
    flat = relative_depth(np.full((1, 4), 9, np.float32), sky, "transformers")
    assert flat.disparity.tolist() == [[-np.inf, 0, 0, 0]]
    assert np.isneginf(relative_depth(np.ones((1, 2), np.float32), np.ones((1, 2), bool), "network").disparity).all()
