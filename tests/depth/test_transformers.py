"""Depth estimators of `transformers`, with random weights and no download."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sims_core.base.artifacts import ARTIFACT_CARD
from sims_core.base.errors import SimsError
from sims_core.base.files import read_json, sha256_of
from sims_core.base.presets import compose_preset
from sims_core.depth import transformers as transformers_depth
from sims_core.depth.estimate import EstimateDepthConfig, write_depths
from sims_core.depth.transformers import TransformersDepth, output_kind
from sims_core.formats.depth import DepthReader
from sims_core.formats.scenes import SceneReader
from sims_core.scenes.depth_maps import MetricDepth, RelativeDepth
from sims_core.scenes.street_categories import CANONICAL
from stages import estimate_depth, train_depth
from tests.support.project import ROOT
from tests.support.small_networks import pictures, write_depth_anything, write_dpt, write_segformer, write_zoedepth
from tests.support.small_scenes import SKY, make_scene


def network(model_type, backbone=None, **more):
    backbone_config = None if backbone is None else SimpleNamespace(model_type=backbone)
    return SimpleNamespace(model_type=model_type, backbone_config=backbone_config, **more)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (network("depth_anything", "dinov2", depth_estimation_type="relative"), "relative"),
        (network("depth_anything", "dinov2", depth_estimation_type="metric"), "metric"),
        (network("zoedepth", "beit"), "metric"),
        (SimpleNamespace(model_type="glpn"), "metric"),
        (network("dpt"), "relative"),
        (network("dpt", "beit"), "relative"),
    ],
)
def test_configuration_says_what_the_network_gives_and_must_not_be_contradicted(config, kind):
    other = {"metric": "relative", "relative": "metric"}[kind]
    assert output_kind(config, "config", "c.json") == output_kind(config, kind, "c.json") == kind
    with pytest.raises(SimsError, match=rf"c\.json: the network gives depth of the other type.*{other} .*found {kind}"):
        output_kind(config, other, "c.json")


@pytest.mark.parametrize("config", [network("dpt", "dinov2"), SimpleNamespace(model_type="some_new_one")])
def test_where_the_configuration_leaves_it_open_it_has_to_be_said(config):
    assert output_kind(config, "metric", "c.json") == "metric"
    assert output_kind(config, "relative", "c.json") == "relative"
    with pytest.raises(SimsError, match=r"does not say what the depth.*set estimate_depth\.output to metric") as caught:
        output_kind(config, "config", "c.json")
    assert "\n" not in str(caught.value)


def test_folder_that_holds_no_model_is_refused_without_a_download(tmp_path):
    with pytest.raises(SimsError, match=r"is no local transformers model.*nothing is downloaded"):
        TransformersDepth(tmp_path / "LiheYoung/depth-anything-small-hf", "config")


def test_relative_model_gives_relative_depth_of_the_photos_size(tmp_path):
    transformers = pytest.importorskip("transformers")
    folder = write_depth_anything(tmp_path / "model", "relative", 1)
    estimate = TransformersDepth(folder, "config")
    assert estimate.kind == "relative"
    assert estimate.protocol["depth_weights_sha256"] == sha256_of(folder / "model.safetensors")
    photo = pictures(1)[0]
    found = estimate(photo, np.zeros(photo.shape[:2], np.uint8))
    assert isinstance(found, RelativeDepth)
    assert (found.disparity.shape, found.disparity.dtype) == (photo.shape[:2], np.float32)
    # By hand: 32 x 48 becomes 28 x 42, then the network's plane is brought back.
    processor = transformers.DPTImageProcessorPil.from_pretrained(folder)
    inputs = processor(images=photo, return_tensors="pt")["pixel_values"]
    assert inputs.shape == (1, 3, 28, 42)
    loaded = transformers.DepthAnythingForDepthEstimation.from_pretrained(folder).eval()
    with torch.inference_mode():
        plane = loaded(inputs).predicted_depth[None]
    large = torch.nn.functional.interpolate(plane, size=photo.shape[:2], mode="bicubic", align_corners=False)[0, 0]
    assert large.min() < large.max()
    np.testing.assert_allclose(found.disparity, (large - large.min()) / (large.max() - large.min()), atol=1e-4)


def test_dpt_gives_relative_depth(tmp_path):
    pytest.importorskip("transformers")
    estimate = TransformersDepth(write_dpt(tmp_path / "model"), "config")
    photo = pictures(1)[0]
    found = estimate(photo, np.zeros(photo.shape[:2], np.uint8))
    assert isinstance(found, RelativeDepth)
    assert (found.disparity.min(), found.disparity.max()) == (0, 1)


def test_metric_model_gives_metres(tmp_path):
    pytest.importorskip("transformers")
    estimate = TransformersDepth(write_depth_anything(tmp_path / "model", "metric", 80), "config")
    photo = pictures(1)[0]
    found = estimate(photo, np.zeros(photo.shape[:2], np.uint8))
    assert isinstance(found, MetricDepth)
    assert found.depth_m.shape == photo.shape[:2]
    assert 0.01 <= found.depth_m.min() < found.depth_m.max() < 90
    with pytest.raises(SimsError, match="depth of the other type, expected relative"):
        TransformersDepth(tmp_path / "model", "relative")


@pytest.mark.parametrize(("kind", "depth_type"), [("relative", RelativeDepth), ("metric", MetricDepth)])
def test_depth_of_a_whole_dataset(tmp_path, classes, kind, depth_type):
    pytest.importorskip("transformers")
    estimate = TransformersDepth(write_depth_anything(tmp_path / "model", kind, 20), "config")
    config = EstimateDepthConfig(source="transformers", model=str(tmp_path / "model"), output="config")
    scenes = [make_scene("t", "train", 0), make_scene("v", "val", 1)]
    content = write_depths(tmp_path / "depth", scenes, classes, config, estimate)
    assert content["num_transformers"] == 2
    assert ("transformers_on_val" in content) == (kind == "metric")
    reader = DepthReader(tmp_path / "depth")
    assert all(isinstance(reader.load(scene.scene_id), depth_type) for scene in scenes)


def test_network_for_another_purpose_is_refused(tmp_path):
    pytest.importorskip("transformers")
    with pytest.raises(SimsError, match="cannot be loaded as AutoModelForDepthEstimation"):
        TransformersDepth(write_segformer(tmp_path / "model", CANONICAL.names), "config")


def test_model_without_its_preprocessing_is_refused(tmp_path):
    pytest.importorskip("transformers")
    folder = write_depth_anything(tmp_path / "model", "relative", 1)
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(SimsError, match=r"preprocessor_config\.json: cannot be loaded as AutoImageProcessor") as caught:
        TransformersDepth(folder, "config")
    assert "\n" not in str(caught.value)


def test_network_that_gives_no_numbers_is_refused(tmp_path):
    pytest.importorskip("transformers")
    estimate = TransformersDepth(write_depth_anything(tmp_path / "model", "metric", 80), "config")
    estimate._network.head.conv3.bias.data[:] = torch.nan
    photo = pictures(1)[0]
    with pytest.raises(SimsError, match=r"gave no depth map, expected 32 x 48 finite numbers.*0% of them finite"):
        estimate(photo, np.zeros(photo.shape[:2], np.uint8))


def test_zoedepth_gives_metres_and_needs_torchvision(tmp_path, monkeypatch):
    pytest.importorskip("transformers")
    folder = write_zoedepth(tmp_path / "model")
    with monkeypatch.context() as patch:
        patch.setattr(transformers_depth, "find_spec", lambda name: None)
        with pytest.raises(SimsError, match="needs the library torchvision; pip install torchvision"):
            TransformersDepth(folder, "config")
    pytest.importorskip("torchvision")
    photo = pictures(1)[0]
    found = TransformersDepth(folder, "config")(photo, np.zeros(photo.shape[:2], np.uint8))
    assert isinstance(found, MetricDepth)
    assert found.depth_m.shape == photo.shape[:2]


def run_depth_stages(folder, scenes, source, model=None):
    """Train no depth network, take depth from `source`, and return the metrics of both stages."""
    text = compose_preset(ROOT / "presets/tiny.yaml")
    for old, new in (
        ("depth:\n  source: scenes", "depth:\n  source: none"),
        ("  source: auto\n  model: null", f"  source: {source}\n  model: {'null' if model is None else model}"),
    ):
        assert old in text
        text = text.replace(old, new)
    params, network = folder / "params.yaml", folder / "models/depth"
    params.write_text(text)
    train_depth.main(scenes, network, folder / "curves", folder / "train.json", params)
    estimate_depth.main(scenes, network, folder / "depth", folder / "estimate.json", params)
    return [read_json(folder / name, "") for name in ("figures/train.json", "estimate.json")]


def test_nothing_is_trained_where_every_scene_has_depth(tmp_path, scenes_folder):
    trained, estimated = run_depth_stages(tmp_path, scenes_folder, "auto")
    assert trained["num_steps"] == 0
    assert read_json(tmp_path / "train.json", "") == {}  # no loss, no headline
    assert [path.name for path in (tmp_path / "models/depth").iterdir()] == [ARTIFACT_CARD]
    assert list((tmp_path / "curves").iterdir()) == []
    assert estimated == {"num_sensor": 8, "num_network": 0, "num_transformers": 0}


def test_stages_take_depth_from_a_local_model(tmp_path, scenes_folder):
    pytest.importorskip("transformers")
    model = write_dpt(tmp_path / "model")
    _, estimated = run_depth_stages(tmp_path, scenes_folder, "transformers", model)
    assert estimated["num_transformers"] == 8
    assert "relative" in estimated["protocol"]["depth"]
    reader = SceneReader(scenes_folder)
    for scene in reader.scenes("train"):
        disparity = DepthReader(tmp_path / "depth").load(scene.scene_id).disparity
        assert np.array_equal(np.isneginf(disparity), scene.labels == SKY)
        assert (disparity[scene.labels != SKY].min(), disparity.max()) == (0, 1)
