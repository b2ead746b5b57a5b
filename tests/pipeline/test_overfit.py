"""The synthesis network can learn four photos by heart; minutes, so only with `-m slow`."""

import pytest
import torch
from torch.nn import functional as F

from sims_core.formats.scenes import SceneReader
from sims_core.formats.simulated import SIMULATED_CANVASES
from sims_core.formats.tables import TableReader
from sims_core.networks.synthesis_net import SynthesisNet
from sims_core.networks.tensors import mask_plane, one_hot, photo_planes
from sims_core.networks.vgg import VGG19
from sims_core.training.examples.canvases import StoredCanvases
from sims_core.training.losses import PerceptualLoss
from sims_core.training.settings.synthesis import SynthesisConfig
from sims_core.training.tasks.synthesis import SynthesisLoss
from tests.support.small_training import PHASE, TRAINER, fit_network

NUM_SCENES = 4


def box_mean(planes):
    return F.avg_pool2d(planes, 5, stride=1, padding=2)


@pytest.mark.slow
def test_four_scenes_are_learnt_by_heart(finished_project, tmp_path, capsys):
    data = finished_project / "data"
    classes = SceneReader(data / "scenes").classes
    rows = TableReader(data / "simulated/canvases", SIMULATED_CANVASES)
    examples = StoredCanvases(data / "simulated/canvases", data / "scenes", range(NUM_SCENES), (64, 128))
    assert len({row["scene_id"] for row in list(rows)[:NUM_SCENES]}) == NUM_SCENES
    config = SynthesisConfig(
        **PHASE | {"num_steps": 1000, "batch_size": NUM_SCENES, "lr": 3e-3},
        base_channels=8,
        resolutions=(64,),
        encoder="released",
        encoder_weights="random",
        adds_canvas=False,
        sees_canvas=True,
        canvases="stored",
        pixel_weight=1.0,
        perceptual_weight=0.0,
        semantic_weight=1.0,
    )
    torch.manual_seed(0)
    loss = SynthesisLoss(config, PerceptualLoss(VGG19(base_channels=1)), len(classes))
    network = SynthesisNet(len(classes), base_channels=8)
    trainer = TRAINER.model_copy(update={"log_every_steps": 50, "checkpoint_every_steps": 1000, "num_threads": 2})
    fit_network(tmp_path, network, loss, examples, config, trainer)

    batch = torch.utils.data.default_collate([examples[index] for index in range(NUM_SCENES)])
    canvas, known, photo = photo_planes(batch["canvas"]), mask_plane(batch["known"]), photo_planes(batch["photo"])
    with torch.no_grad():
        image = network.eval()(canvas, known, one_hot(batch["layout"], len(classes))).image.clamp(0, 1)
    # Other colours on average over 5 x 5 known pixels: softened segments differ pixel by pixel alone.
    change = box_mean((canvas - photo) * known) / box_mean(known).clamp(min=1e-6)
    differs = known * (change.abs().mean(dim=1, keepdim=True) > 0.02)

    def l1(picture, mask):
        return (((picture - photo).abs().mean(dim=1, keepdim=True) * mask).sum() / mask.sum()).item()

    everywhere = torch.ones_like(known)
    found = {
        "everywhere": l1(image, everywhere),
        "unknown": l1(image, 1 - known),
        "recoloured": l1(image, differs),
        "recoloured, canvas": l1(canvas, differs),
    }
    with capsys.disabled():
        print("\npixel L1 of 0..1:", {where: round(value, 4) for where, value in found.items()})  # noqa: T201
    assert found["everywhere"] < 0.03
    # What the canvas lacks was learnt as well, and where its colours are other ones they were not copied.
    assert found["unknown"] < 0.05
    assert differs.sum() > 100
    assert found["recoloured"] < 0.5 * found["recoloured, canvas"]
