"""The losses of ten steps of every training on a small fixed input, and the file that keeps them.

`python -m tests.support.golden_losses` writes golden_losses.csv anew, after a change that was meant to change losses.
"""

import csv
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from sims_core.base.csv_files import write_csv
from sims_core.layouts.coarse import CoarsenConfig
from sims_core.simulation.tables import write_simulated
from sims_core.training.loop.phase import Training
from sims_core.training.settings.cascade import CrnConfig
from sims_core.training.settings.depth import DepthConfig
from sims_core.training.settings.layout import LayoutConfig
from sims_core.training.settings.ordering import OrderingConfig
from sims_core.training.settings.perceptual import PerceptualConfig
from sims_core.training.settings.pix2pix import Pix2PixConfig
from sims_core.training.settings.segmenter import SegmenterConfig
from sims_core.training.settings.spade import SpadeConfig
from sims_core.training.settings.synthesis import SynthesisConfig
from sims_core.training.settings.transform import TransformConfig
from sims_core.training.tasks.crn import train_crn
from sims_core.training.tasks.depth import train_depth
from sims_core.training.tasks.layout import train_layout
from sims_core.training.tasks.ordering import train_ordering
from sims_core.training.tasks.perceptual import train_perceptual
from sims_core.training.tasks.pix2pix import train_pix2pix
from sims_core.training.tasks.segmenter import train_segmenter
from sims_core.training.tasks.spade import train_spade
from sims_core.training.tasks.synthesis import SynthesisData, train_synthesis
from sims_core.training.tasks.transform import train_transform
from tests.support.small_scenes import write_small_scenes
from tests.support.small_simulation import make_simulation
from tests.support.small_training import PHASE, TRAINER, TRANSFORM_WEIGHTS

FILE = Path(__file__).with_suffix(".csv")
NUM_STEPS = 10
FIT = PHASE | {"num_steps": NUM_STEPS, "lr": 1e-3}
TRAININGS = (
    *("crn", "depth", "layout", "ordering", "perceptual", "pix2pix", "segmenter", "spade", "synthesis", "transform"),
)
ADVERSARIAL = {"adam_beta1": 0.5, "adversarial_weight": 1.0, "pixel_weight": 100.0}
# Curves that are no loss, or a sum of those that are.
OTHER_CURVES = {"loss", "critic_loss"}


class SmallProject:
    """What trainings need, in a folder: scenes of 32 x 64 pixels, their simulation, and random features."""

    def __init__(self, folder):
        self.folder = folder
        self.scenes = folder / "scenes"
        write_small_scenes(self.scenes)
        self.simulation = make_simulation(folder, self.scenes)
        self.simulated = folder / "simulated"
        write_simulated(self.simulated, self.simulation)
        self.features = folder / "features"
        self._train_perceptual(self._training("features"), "random")

    def losses(self, name):
        """Train for ten steps and return the values of each loss term, a step each."""
        training = self._training(name)
        with chdir(self.folder):  # for the state of the training
            getattr(self, f"_train_{name}")(training)
        curves = sorted((training.curves / "plots/metrics/train").iterdir())
        return {path.stem: values_of(path) for path in curves if path.stem not in OTHER_CURVES}

    def _training(self, name):
        trainer = TRAINER.model_copy(update={"log_every_steps": 1, "checkpoint_every_steps": NUM_STEPS})
        return Training(
            name=name, trainer=trainer, seed=0, out=self.folder / name, curves=self.folder / "curves" / name
        )

    def _train_transform(self, training):
        config = TransformConfig(**FIT, base_channels=4, window_px=32, **TRANSFORM_WEIGHTS)
        train_transform(training, config, self.simulated / "transform", self.scenes)

    def _train_ordering(self, training):
        config = OrderingConfig(**FIT, base_channels=4, window_px=32, dropout_percent=50)
        train_ordering(training, config, self.simulated / "ordering", self.scenes)

    def _train_perceptual(self, training, weights="learned"):
        train_perceptual(training, PerceptualConfig(**FIT, weights=weights, base_channels=4), self.scenes)

    def _train_synthesis(self, training):
        config = SynthesisConfig(
            **FIT,
            base_channels=4,
            resolutions=(32,),
            encoder="released",
            encoder_weights="random",
            adds_canvas=True,
            sees_canvas=True,
            canvases="stored",
            pixel_weight=1.0,
            perceptual_weight=1.0,
            semantic_weight=10.0,
        )
        data = SynthesisData(
            canvases=self.simulated / "canvases",
            stencils=self.simulated / "stencils",
            perceptual=self.features,
            simulator=self.simulation.canvas_simulator,
        )
        train_synthesis(training, config, data)

    def _train_depth(self, training):
        config = DepthConfig(**FIT, source="scenes", num_source_scenes=2, base_channels=4, num_levels=3)
        train_depth(training, config, self.scenes)

    def _train_segmenter(self, training):
        train_segmenter(
            training,
            SegmenterConfig(**FIT, encoder="unet", base_channels=4, num_levels=3, lovasz_weight=0.0),
            self.scenes,
        )

    def _train_layout(self, training):
        coarse = CoarsenConfig(
            max_erosion_fraction=0.05, max_simplification_fraction=0.05, small_area_fraction=0.05, drop_probability=0.5
        )
        config = LayoutConfig(**FIT, base_channels=4, num_modules=3, source="simulated", coarse=coarse)
        train_layout(training, config, self.scenes)

    def _train_crn(self, training):
        config = CrnConfig(**FIT, base_channels=4, num_modules=3, pixel_weight=1.0, perceptual_weight=1.0)
        train_crn(training, config, self.scenes, self.features)

    def _train_pix2pix(self, training):
        config = Pix2PixConfig(
            **FIT,
            base_channels=4,
            num_levels=4,
            dropout_percent=50,
            **ADVERSARIAL,
        )
        train_pix2pix(training, config, self.scenes)

    def _train_spade(self, training):
        train_spade(training, SpadeConfig(**FIT, base_channels=4, critic_channels=4, **ADVERSARIAL), self.scenes)


def values_of(curve):
    """Return the values of one of dvclive's curves."""
    with curve.open(newline="") as file:
        return [float(row[curve.stem]) for row in csv.DictReader(file, delimiter="\t")]


def read_golden(name):
    """Return what is kept of a training."""
    with FILE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.pop("training") == name]
    return {row.pop("term"): [float(value) for value in row.values()] for row in rows}


def write_golden(path):
    """Train everything and write what is to be kept."""
    with TemporaryDirectory() as folder:
        project = SmallProject(Path(folder))
        rows = [[name, term, *values] for name in TRAININGS for term, values in project.losses(name).items()]
    write_csv(path, ["training", "term", *(f"step {step}" for step in range(1, NUM_STEPS + 1))], rows)


if __name__ == "__main__":
    write_golden(FILE)
