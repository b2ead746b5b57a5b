import numpy as np
import pytest
import torch
from PIL import Image

from sims_core.base.errors import SimsError
from sims_core.base.files import sha256_of
from sims_core.evaluation.folders.evaluate import NetworkFiles, load_instruments, load_segmenter
from sims_core.evaluation.instruments.inception import TorchScriptInception
from sims_core.evaluation.instruments.lite0 import Lite0
from sims_core.evaluation.instruments.pipeline_segmenter import PipelineSegmenter
from sims_core.evaluation.instruments.resizing import resize_picture, resize_planes
from sims_core.evaluation.instruments.transformers_models import match_labels
from sims_core.networks.efficientnet_lite0 import LITE0_SHA256, load_lite0
from sims_core.scenes.classes import Category, ClassTable, Role
from tests.support.small_networks import (
    Extremes,
    MeanColours,
    Planes,
    pictures,
    write_dinov2,
    write_segformer,
    write_segmenter,
    write_torchscript,
)
from tests.support.small_project import CLASSES


def test_a_torchscript_file_gives_its_features_and_is_named_by_its_digest(tmp_path):
    path = write_torchscript(tmp_path / "inception.pt", MeanColours())
    extractor = TorchScriptInception(path, clean=False)
    seen = pictures()
    np.testing.assert_allclose(extractor(seen), seen.mean(axis=(1, 2)), rtol=1e-5)
    assert extractor(seen).dtype == np.float64
    assert extractor.name == "inception"
    assert extractor.protocol["weights_sha256"] == sha256_of(path)
    assert extractor.protocol["call"] == "with return_features=True"


def test_clean_features_are_those_of_pictures_resized_with_antialias(tmp_path):
    path = write_torchscript(tmp_path / "inception.pt", MeanColours())
    extractor = TorchScriptInception(path, clean=True)
    seen = pictures()
    np.testing.assert_allclose(extractor(seen), resize_planes(seen, 299).mean(axis=(2, 3)), rtol=1e-5)
    assert extractor.name == "inception_clean"
    assert extractor.protocol["antialias"] == "yes"


def test_clean_features_are_those_of_a_bicubic_filter_by_hand(tmp_path):
    extractor = TorchScriptInception(write_torchscript(tmp_path / "inception.pt", Extremes()), clean=True)
    # Twice as wide as it will be, dark up to the middle. To either side of a new pixel's centre the filter weighs old
    # pixels by 0.434, 0.113, -0.035 and -0.012: the third and fourth overshoot by 0.047 of the step beside the edge.
    # A bilinear filter has no weight below zero, and one without antialias none at the third.
    step = np.full((299, 598, 3), (50, 60, 70), dtype=np.uint8)
    step[:, 299:] = (200, 160, 120)
    overshoot = (0.03515625 + 0.01171875) * np.array([150, 100, 50])
    (found,) = extractor(step[None])
    np.testing.assert_allclose(found[:3], np.array([50, 60, 70]) - overshoot, atol=1e-3)
    np.testing.assert_allclose(found[3:], np.array([200, 160, 120]) + overshoot, atol=1e-3)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "TorchScript file not found"), (b"weights", "is no TorchScript file"), (Planes(), r"expected \(3, F\)")],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "file.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        write_torchscript(path, content)
    with pytest.raises(SimsError, match=message) as caught:
        TorchScriptInception(path, clean=False)(pictures())
    assert "\n" not in str(caught.value)


def test_lite0_pools_the_features_of_antialiased_pictures():
    seen = pictures()
    extractor = Lite0()
    planes = torch.from_numpy(resize_planes(seen, 224)) / 255
    with torch.no_grad():
        wanted = load_lite0().pooled(planes).double().numpy()
    found = extractor(seen)
    assert (found.shape, found.dtype) == ((3, 1280), np.float64)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    np.testing.assert_allclose(extractor(seen[1:2])[0], found[1], atol=1e-4)
    assert (extractor.name, extractor.protocol["weights_sha256"]) == ("lite0", LITE0_SHA256)
    assert extractor.protocol["trained_on_by"] == "no method of this table"
    known = Lite0(["synthesized", "crn"])
    assert (known.name, known.protocol["trained_on_by"]) == ("lite0_seen", "synthesized, crn")


def test_resizing_keeps_means_and_aliases_nothing():
    columns = np.tile(np.array([0, 255], np.uint8), 64)
    stripes = np.broadcast_to(columns[None, :, None], (128, 128, 3))
    planes = resize_planes(stripes[None], 32)
    assert planes.shape == (1, 3, 32, 32)
    np.testing.assert_allclose(planes[..., 2:-2, 2:-2], 127.5, atol=3)  # nearest sampling would give 0 or 255
    picture = pictures()[0]
    resized = resize_picture(picture, (16, 24), "bicubic")
    np.testing.assert_array_equal(
        resized, np.asarray(Image.fromarray(picture).resize((24, 16), Image.Resampling.BICUBIC))
    )
    np.testing.assert_allclose(
        np.moveaxis(resize_planes(picture[None], 16)[0], 0, -1).mean(), picture.mean(), rtol=0.01
    )


def test_the_pipelines_segmenter_labels_and_gives_features(tmp_path):
    segmenter = load_segmenter(write_segmenter(tmp_path / "segmenter"), CLASSES)
    found = segmenter(pictures())
    assert found.labels.shape == (3, 32, 48)
    assert found.features.shape == (3, 8)
    assert found.features.dtype == np.float64
    assert segmenter.protocol["segmenter_weights_sha256"] == sha256_of(tmp_path / "segmenter/weights.safetensors")


def test_a_segmenter_of_other_categories_is_refused(tmp_path):
    others = ClassTable(categories=(Category(name="tree", colour=(1, 2, 3), role=Role.FOLIAGE),))
    with pytest.raises(SimsError, match=r"other categories.*expected road, sky, car, boat, found tree"):
        PipelineSegmenter(write_segmenter(tmp_path / "segmenter", others), CLASSES)
    with pytest.raises(SimsError, match="is no segmenter"):
        load_segmenter(tmp_path, CLASSES)


def test_labels_are_matched_by_name():
    table = ClassTable(
        categories=(
            Category(name="traffic light", colour=(1, 2, 3), role=Role.THIN),
            Category(name="sky", colour=(4, 5, 6), role=Role.STUFF),
        )
    )
    assert match_labels({0: "Sky", 1: "wall", 2: "traffic_light"}, table, "config.json") == [2, 0]
    with pytest.raises(
        SimsError, match="no label for 1 of 2 categories, expected labels named traffic light, found Sky"
    ):
        match_labels({0: "Sky"}, table, "config.json")


def test_a_folder_that_holds_no_model_is_refused_without_a_download(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    for load in (
        lambda: load_instruments(NetworkFiles(dinov2=tmp_path), CLASSES),
        lambda: load_segmenter(tmp_path, CLASSES),
    ):
        with pytest.raises(SimsError, match=r"is no local transformers model, expected config.json and \*.safetensors"):
            load()


def test_a_segmenter_of_transformers_predicts_the_categories_of_the_table(tmp_path):
    transformers = pytest.importorskip("transformers")
    folder = write_segformer(tmp_path / "segformer", ["wall", "Car", "sky", "boat", "road"])
    segmenter = load_segmenter(folder, CLASSES)
    labels = segmenter(pictures()).labels
    assert labels.shape == (3, 32, 48)
    assert labels.max() < len(CLASSES)
    network = transformers.SegformerForSemanticSegmentation.from_pretrained(folder).eval()
    planes = (pictures() / 255 - [0.5, 0.4, 0.3]) / [0.25, 0.25, 0.5]
    with torch.inference_mode():
        logits = network(torch.from_numpy(np.moveaxis(planes, -1, 1)).float()).logits[:, [4, 2, 1, 3]]
    enlarged = torch.nn.functional.interpolate(logits, size=(32, 48), mode="bilinear")
    np.testing.assert_array_equal(labels, enlarged.argmax(dim=1).numpy())
    assert "1 of them not in the class table" in segmenter.protocol["segmenter"]
    assert segmenter(pictures()).features is None


def test_a_segmenter_without_its_head_is_refused(tmp_path):
    transformers = pytest.importorskip("transformers")
    folder = write_segformer(tmp_path / "segformer", list(CLASSES.names))
    config = transformers.SegformerConfig.from_pretrained(folder)
    transformers.SegformerModel(config).save_pretrained(folder)
    with pytest.raises(SimsError, match=r"lacks weights of AutoModelForSemanticSegmentation, found no 'decode_head"):
        load_segmenter(folder, CLASSES)


def test_dinov2_gives_the_class_token(tmp_path):
    transformers = pytest.importorskip("transformers")
    folder = write_dinov2(tmp_path / "dinov2")
    (extractor,) = load_instruments(NetworkFiles(dinov2=folder), CLASSES).extractors
    features = extractor(pictures())
    assert features.shape == (3, 8)
    assert extractor.name == "dinov2"
    planes = torch.from_numpy(resize_planes(pictures(), 224)) / 255
    planes = (planes - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    with torch.inference_mode():
        expected = transformers.Dinov2Model.from_pretrained(folder).eval()(planes).pooler_output
    np.testing.assert_allclose(features, expected.numpy(), atol=1e-6)
    with pytest.raises(SimsError, match="expected model_type dinov2, found segformer"):
        load_instruments(NetworkFiles(dinov2=write_segformer(tmp_path / "other", ["sky"])), CLASSES)
