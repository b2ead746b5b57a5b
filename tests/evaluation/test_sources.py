"""Layout drift, copying and diversity of a run, on a small project."""

import numpy as np
import pytest
import torch

from sims_core.base.errors import SimsError
from sims_core.evaluation.run.rows_of_run import Row
from sims_core.evaluation.run.sources import Features, evaluate_sources
from sims_core.formats.canvases import CANVASES, CanvasReader, canvas_row
from sims_core.formats.scenes import SceneReader
from sims_core.formats.synthesized import IMAGES, ImageReader
from sims_core.formats.tables import image_cell, write_table
from sims_core.networks.vgg import VGG19
from tests.support.small_project import VAL_IDS, canvas, write_data

NUM_VARIANTS = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two variants; the pictures of the first are the canvases, those of the second are all grey."""
    root = tmp_path_factory.mktemp("project")
    write_data(root)
    made = [(name, v, canvas(n + v)) for n, name in enumerate(VAL_IDS) for v in range(NUM_VARIANTS)]
    write_table(root / "many", "canvases", CANVASES, [canvas_row(*each) for each in made], "canvases")
    images = [
        {"scene_id": name, "variant": v, "image": image_cell(np.full_like(c.canvas, 128) if v else c.canvas)}
        for name, v, c in made
    ]
    write_table(root / "pictures", "images", IMAGES, images, "images")
    return root


def evaluate(root, canvases, images):
    scenes, pictures = SceneReader(root / "data/scenes"), ImageReader(images)
    nearest = scenes.load(scenes.ids("train")[0]).photo
    rows = {
        "real": Row(lambda found: found.scene.photo, ""),
        "nearest_photo": Row(lambda found: nearest, ""),
    }
    torch.manual_seed(0)
    return evaluate_sources(scenes, CanvasReader(canvases), pictures, rows, Features(VGG19(2), "random weights", 1), 0)


def test_figures_of_a_run(folder):
    figures = evaluate(folder, folder / "many", folder / "pictures")
    # The small project's canvases realise their layouts, and their pictures are the canvases.
    assert figures["layout_drift"] == {"mean_iou": 1.0, "pixel_accuracy": 1.0}
    known = np.mean([canvas(n).known.mean() for n in range(len(VAL_IDS))])
    assert figures["copying"]["share_of_pixels_unchanged"] == pytest.approx(known, abs=1e-6)
    assert figures["copying"]["nearest_crop_distance"]["nearest_photo"] == pytest.approx(0, abs=1e-3)
    assert figures["copying"]["nearest_crop_distance"]["real"] > 0.01
    assert figures["diversity"]["perceptual_distance"] > 0
    assert set(figures["diversity"]["perceptual_distance_by_category"]) <= {"sky", "road", "car"}
    # Both segments of each second canvas come from the next photo.
    assert figures["diversity"]["share_of_changed_sources"] == 1.0
    assert figures["protocol"]["perceptual_features"] == "random weights"


def test_one_variant_has_no_diversity(folder):
    figures = evaluate(folder, folder / "data/canvases", folder / "data/synthesized")
    assert "diversity" not in figures
    assert "diversity" not in figures["protocol"]


def test_a_layout_is_never_made_of_its_own_photo(folder):
    own = canvas(0)
    own.photo_ids[0] = VAL_IDS[0]
    rows = [canvas_row(name, 0, own if n == 0 else canvas(n)) for n, name in enumerate(VAL_IDS)]
    write_table(folder / "own", "canvases", CANVASES, rows, "canvases")
    with pytest.raises(SimsError, match="its own photo"):
        evaluate(folder, folder / "own", folder / "data/synthesized")
