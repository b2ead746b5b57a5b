"""`sims usefulness run`: the same segmenter trained on each arm, tested on real photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sims_core.base.artifacts import ARTIFACT_CARD, check_together
from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.parallel import progress_bar
from sims_core.base.parameters import Parameters
from sims_core.base.seeding import derive_seed
from sims_core.evaluation.measures.segmentation import category_counts, confusion_matrix
from sims_core.formats.scenes import SceneReader
from sims_core.networks.saved import read_card
from sims_core.networks.trained.segmenter import SegmenterPredictor
from sims_core.training.examples.batches import Examples
from sims_core.training.loop.phase import Training
from sims_core.training.settings.segmenter import SegmenterConfig
from sims_core.training.settings.trainer import TrainerConfig
from sims_core.training.tasks.segmenter import train_segmenter
from sims_core.usefulness.arms import Arm, ArmSection, Part, check_no_test_layouts, check_pictures, picture_names
from sims_core.usefulness.augmentation import AUGMENTATION_RULE, COPY_PASTE_RULE
from sims_core.usefulness.examples import EXAMPLES_RULE, ArmExamples, MadePicture, made_pictures
from sims_core.usefulness.figures import arm_figures, protocol
from sims_core.usefulness.filtering import FILTER_RULE, filter_pictures

FIGURES = "figures.json"
_NET, _ARM = "segmenter", "arm"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is compared.

    Attributes:
        arms: The first one is what the others are compared with.
        scenes: Folder of the real photos: those of split train to learn from, those of val to test on.
        parameters: Of the project.
        num_seeds: Trainings of each arm.
        out: Receives models and figures.
    """

    arms: Sequence[Arm]
    scenes: Path
    parameters: Parameters
    num_seeds: int
    out: Path


def compare_arms(comparison: Comparison) -> dict[str, Any]:
    """Train and test all arms, and write OUT/figures.json.

    What was trained before with the same data and settings is not trained again, so a run that was killed goes on.

    Returns:
        The content of the figures' file.

    Raises:
        SimsError: Scenes or a folder of an arm are missing or wrong, or show the layouts of test photos, before any
            training; or see `fit`.
    """
    reader = SceneReader(comparison.scenes)
    frame = reader.frame()
    folders = sorted({folder for arm in comparison.arms for folder in arm.folders})
    for folder in folders:
        check_no_test_layouts(folder, set(reader.ids("val")))
    digests = {folder: check_pictures(folder, reader.classes, frame) for folder in folders}
    counts: dict[str, list[NDArray[np.int64]]] = {arm.name: [] for arm in comparison.arms}
    dropped: dict[str, list[float]] = {}
    with progress_bar() as progress:
        total = len(comparison.arms) * comparison.num_seeds
        task = progress.add_task("train and test arms", total=total, note="")
        for seed in range(comparison.num_seeds):
            for arm in comparison.arms:
                progress.update(task, note=f"{arm.name}, seed {seed}")
                trainer = _ArmTrainer(comparison, arm, seed, reader, digests)
                share = trainer.train()
                if share is not None:
                    dropped.setdefault(arm.name, []).append(share)
                counts[arm.name].append(_test(trainer.model, reader))
                progress.advance(task)
    stacked = {name: np.stack(own) for name, own in counts.items()}
    figures = _figures(comparison, reader, stacked, dropped)
    write_json(comparison.out / FIGURES, figures)
    return figures


class _ArmTrainer:
    """One training of one arm."""

    def __init__(
        self, comparison: Comparison, arm: Arm, seed: int, reader: SceneReader, digests: dict[Path, str]
    ) -> None:
        self._comparison, self._arm, self._reader = comparison, arm, reader
        self._folder = comparison.out / "trainings" / arm.name / str(seed)
        self._judge = comparison.out / "trainings" / comparison.arms[0].name / str(seed) / _NET
        parameters = comparison.parameters
        self._config = parameters.section("segmenter", SegmenterConfig)
        trainer = parameters.section("trainer", TrainerConfig)
        self._training = Training(
            name=_NET,
            trainer=trainer.model_copy(update={"keep": "last", "num_validation_scenes": 0}),
            seed=derive_seed(parameters.seed, "usefulness", seed) % 2**31,
            out=self.model,
            curves=self._folder / "curves",
        )
        parts = tuple(sorted(part.value for part in arm.parts))
        self._section = ArmSection(parts=parts, data=tuple(digests[folder] for folder in arm.folders))

    @property
    def model(self) -> Path:
        """Where the trained segmenter lies."""
        return self._folder / _NET

    def train(self) -> float | None:
        """Train, unless that has been done; return the share of made pixels that was filtered out, if any were."""
        known = Part.KNOWN in self._arm.parts
        made = [
            picture
            for folder in self._arm.folders
            for picture in made_pictures(folder, picture_names(folder), known=known)
        ]
        share = None
        if Part.FILTER in self._arm.parts:
            judge = SegmenterPredictor(self._judge)
            made, share = filter_pictures(made, judge, self._comparison.scenes, self._folder / "filtered")
        if not self._is_done():
            train_segmenter(
                self._training,
                self._config,
                self._comparison.scenes,
                Examples(self._examples(made)),
                {_ARM: self._section},
            )
        return share

    def _examples(self, made: Sequence[MadePicture]) -> ArmExamples:
        has_real = Part.REAL in self._arm.parts
        return ArmExamples(
            scenes=self._comparison.scenes,
            scene_ids=self._reader.ids("train") if has_real else [],
            made=made,
            parts=self._arm.parts,
            num_examples=self._config.num_steps * self._config.batch_size,
            seed=self._training.seed,
        )

    def _is_done(self) -> bool:
        """Return whether the model is there, of the same data, settings and seed."""
        if not (self.model / ARTIFACT_CARD).is_file():
            return False
        card = read_card(self.model)
        own = {_NET: self._config, _ARM: self._section, "trainer": self._training.trainer}
        if card.seed != self._training.seed:
            return False
        if card.settings != {name: section.model_dump(mode="json") for name, section in own.items()}:
            return False
        try:
            check_together(self._comparison.scenes, self.model)
        except SimsError:
            return False
        return True


def _test(model: Path, reader: SceneReader) -> NDArray[np.int64]:
    """Return (N, 3, C): of each test photo the counts of `category_counts`."""
    predictor = SegmenterPredictor(model)
    num_categories = len(reader.classes)
    counts = []
    for scene in reader.scenes("val"):
        predicted, _ = predictor.predict(scene.photo[None])
        counts.append(category_counts(confusion_matrix(scene.labels, predicted[0], num_categories)))
    return np.stack(counts)


def _figures(
    comparison: Comparison,
    reader: SceneReader,
    counts: dict[str, NDArray[np.int64]],
    dropped: dict[str, list[float]],
) -> dict[str, Any]:
    config = comparison.parameters.section("segmenter", SegmenterConfig)
    figures = arm_figures(counts, reader.classes.names, comparison.parameters.seed)
    rules = protocol(comparison.num_seeds, config.num_steps, config.batch_size) | {"examples": EXAMPLES_RULE}
    used = {part for arm in comparison.arms for part in arm.parts}
    for part, rule in (
        (Part.AUGMENT, AUGMENTATION_RULE),
        (Part.COPY_PASTE, COPY_PASTE_RULE),
        (Part.KNOWN, "left out of the training: pixels of made pictures that the synthesis network invented"),
        (Part.FILTER, FILTER_RULE),
    ):
        if part in used:
            rules[part.value] = rule
    for arm in comparison.arms:
        words = [folder.absolute().name if word not in set(Part) else word for word, folder in _words(arm)]
        about: dict[str, Any] = {"parts": "+".join(words)}
        about["num_made_pictures"] = sum(len(picture_names(folder)) for folder in arm.folders)
        if arm.name in dropped:
            about["share_filtered"] = round(float(np.mean(dropped[arm.name])), 6)
        figures["arms"][arm.name] = about | figures["arms"][arm.name]
    return {
        "num_real_photos": len(reader.ids("train")),
        "num_test_photos": len(reader.ids("val")),
        "num_seeds": comparison.num_seeds,
        **figures,
        "protocol": rules,
    }


def _words(arm: Arm) -> list[tuple[str, Path]]:
    """Return the parts of an arm as they were given, each also as a path."""
    return [(word, Path(word)) for word in arm.text.split("+")]
