"""The pictures of a finished run, scored batch by batch over workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.files import opened_once
from sims_core.base.parallel import parallel_map
from sims_core.evaluation.instruments.lite0 import Lite0
from sims_core.evaluation.instruments.pipeline_segmenter import PipelineSegmenter
from sims_core.evaluation.measures.provenance import ProvenanceCount
from sims_core.evaluation.run.rows_of_run import PRIMARY, Row, Rows, project_rows, project_samples
from sims_core.evaluation.scoring import Instruments, RowScores, Scores, ScoreSum, score_batch
from sims_core.formats.canvases import CanvasReader
from sims_core.formats.scenes import open_scenes
from sims_core.formats.synthesized import ImageReader
from sims_core.networks.baselines import Baseline
from sims_core.networks.perceptual import Lite0Features
from sims_core.networks.saved import read_card

# The rows whose networks were trained in the features of data/models/perceptual.
_TRAINED_IN_FEATURES = (PRIMARY, Baseline.CRN.value)


@dataclass(frozen=True)
class ScoredRun:
    """Scores layouts of a finished run; can be pickled, and each process opens the files once.

    Attributes:
        scenes: data/scenes.
        canvases: data/canvases.
        synthesized: data/synthesized.
        models: data/models: the segmenter, and the perceptual features that result and CRN were trained in.
        rivals: Names and folders of the rivals' pictures.
        seed: Of the shuffled layouts.
    """

    scenes: Path
    canvases: Path
    synthesized: Path
    models: Path
    rivals: tuple[tuple[str, Path], ...]
    seed: int

    @property
    def rows(self) -> Rows:
        """Where the pictures come from."""
        names, folders = [name for name, _ in self.rivals], [folder for _, folder in self.rivals]
        return _open_rows(self.scenes, self.synthesized, tuple(names), *folders)

    @property
    def instruments(self) -> Instruments:
        """What the pictures are measured with."""
        return _open_instruments(self.models, self.scenes)

    def __call__(self, names: Sequence[str]) -> tuple[dict[str, RowScores], ProvenanceCount]:
        """Score some layouts, all of which the networks see at once, and count their canvases."""
        scenes, provenance = open_scenes(self.scenes), ProvenanceCount.empty()
        samples = project_samples(scenes, _open_canvases(self.canvases), self.rows, provenance, self.seed, names)
        return score_batch(list(samples), scenes.frame(), len(scenes.classes), self.instruments), provenance


def score_run(run: ScoredRun, batch_size: int) -> tuple[Scores, ProvenanceCount]:
    """Score every row of every validation layout, and count the provenance of all canvases.

    Args:
        run: Where everything lies.
        batch_size: Pictures that a network sees at once.

    Raises:
        SimsError: A picture is missing or of another size, or every layout is void.
    """
    scenes, total, provenance = open_scenes(run.scenes), ScoreSum(), ProvenanceCount.empty()
    ids = scenes.ids("val")
    batches = [ids[first : first + batch_size] for first in range(0, len(ids), batch_size)]
    for names, (rows, counted) in zip(batches, parallel_map(run, batches, "score pictures"), strict=True):
        total.add(((found.scene_id, found.labels, found.photo) for found in map(scenes.load, names)), rows)
        provenance.join(counted)
    return total.scores(), provenance


_open_canvases = opened_once(CanvasReader)


@opened_once
def _open_instruments(models: Path, scenes: Path) -> Instruments:
    seen_by = _TRAINED_IN_FEATURES if read_card(models / "perceptual").network == Lite0Features.__name__ else ()
    return Instruments(PipelineSegmenter(models / "segmenter", open_scenes(scenes).classes), [Lite0(seen_by)])


@opened_once
def _open_rows(scenes: Path, synthesized: Path, names: tuple[str, ...], *folders: Path) -> dict[str, Row]:
    rivals = dict(zip(names, folders, strict=True))
    return project_rows(open_scenes(scenes), ImageReader(synthesized), rivals)
