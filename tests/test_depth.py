from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sims_core.categories import CANONICAL, canonical_labels
from sims_core.classes import VOID, Category, ClassTable, Role
from sims_core.datasets import camvid
from sims_core.depth import EstimateDepthConfig, choose_depth, write_depths
from sims_core.depth_metrics import depth_errors, mean_errors
from sims_core.errors import SimsError
from sims_core.formats.depth import DepthReader
from tests.conftest import CAR, ROAD, SKY, TREE, make_scene


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
        return np.full(labels.shape, self.depth_m, dtype=np.float32)


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
        found = choose_depth(measured, classes, source, estimate)
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
        found = choose_depth(shown, classes, source, estimate)
        assert found.source == "network"
        assert np.array_equal(found.depth_m, np.where(scene.labels == SKY, np.inf, 7).astype(np.float32))
        ((photo, labels),) = estimate.shown
        assert np.array_equal(photo, scene.photo)
        for own, canonical in ((ROAD, "road"), (CAR, "car"), (TREE, "vegetation"), (SKY, "sky")):
            assert (labels[scene.labels == own] == CANONICAL.names.index(canonical)).all()


def test_scene_without_the_sensor_that_is_asked_for(classes):
    scene = replace(make_scene("s7", "train", 0), depth_m=None)
    with pytest.raises(SimsError, match=r"scene 's7': has no depth; set estimate_depth\.source to auto or network"):
        choose_depth(scene, classes, "sensor", FakeEstimate())


def test_class_table_without_sky_has_nothing_infinite():
    scene = make_scene("s", "train", 0)
    found = choose_depth(scene, table("a", "b", "c", "d", "e"), "network", FakeEstimate(7))
    assert (found.depth_m == 7).all()


def test_written_depths_come_back_and_are_counted(tmp_path, classes):
    scenes = [make_scene("t0", "train", 0), make_scene("t1", "train", 1), make_scene("v0", "val", 2)]
    scenes[1] = replace(scenes[1], depth_m=None)
    content = write_depths(tmp_path / "depth", scenes, classes, EstimateDepthConfig(source="auto"), FakeEstimate(7))
    assert (content["num_sensor"], content["num_network"]) == (2, 1)
    reader = DepthReader(tmp_path / "depth")
    for scene, source in zip(scenes, ("sensor", "network", "sensor"), strict=True):
        found = reader.load(scene.scene_id)
        assert found.source == source
        expected = choose_depth(scene, classes, "auto", FakeEstimate(7)).depth_m
        assert np.array_equal(np.isinf(found.depth_m), scene.labels == SKY)
        finite = np.isfinite(expected)
        assert np.abs(found.depth_m[finite] - expected[finite]).max() <= 0.00501  # whole centimetres


def test_error_of_the_network_is_measured_on_validation_scenes_only(tmp_path, classes):
    def errors_on_val(scenes):
        config = EstimateDepthConfig(source="auto")
        return write_depths(tmp_path / "depth", scenes, classes, config, FakeEstimate(7)).get("network_on_val")

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


def test_source_is_one_of_three():
    with pytest.raises(ValidationError):
        EstimateDepthConfig(source="lidar")
