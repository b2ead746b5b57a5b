"""What is read of a run's metrics files: checked figures, each by row or alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from sims_core.base.errors import SimsError
from sims_core.base.files import read_json

RowFigures = dict[str, FiniteFloat]


class MetricsFile(BaseModel):
    """What the page takes from a metrics file; other keys are allowed, and a figure may be absent."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    protocol: dict[str, Any] = {}


FileType = TypeVar("FileType", bound=MetricsFile)


class ProvenanceFigures(MetricsFile):
    """`provenance` of synthesis.json."""

    share_of_known_pixels: FiniteFloat
    share_of_known_pixels_with_provenance: FiniteFloat
    num_source_photos: int
    num_source_photos_not_in_training: int


class SynthesisFigures(MetricsFile):
    """synthesis.json: each figure by row."""

    mean_iou: RowFigures = {}
    pixel_accuracy: RowFigures = {}
    frequency_weighted_iou: RowFigures = {}
    segmenter_kernel_distance: RowFigures = {}
    segmenter_kernel_distance_std: RowFigures = {}
    spectrum_distance: RowFigures = {}
    spectrum_slope: RowFigures = {}
    provenance: ProvenanceFigures | None = None


class IntervalFigures(BaseModel):
    """95 % interval of a figure, or of a difference with its `value`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    low: FiniteFloat
    high: FiniteFloat
    value: FiniteFloat = 0.0


class SynthesisIntervals(MetricsFile):
    """synthesis_intervals.json: by figure, then by row, or by `<row>_minus_<row>`."""

    intervals: dict[str, dict[str, IntervalFigures]] = {}
    differences: dict[str, dict[str, IntervalFigures]] = {}


NO_INTERVALS = SynthesisIntervals()


class TransformFigures(MetricsFile):
    """transform.json."""

    mean_iou_before: FiniteFloat
    mean_iou_after: FiniteFloat
    mean_iou_improvement: FiniteFloat
    share_improved: FiniteFloat
    num_pairs: int


class Accuracies(MetricsFile):
    """One reference of ordering.json."""

    network_accuracy: FiniteFloat
    class_prior_accuracy: FiniteFloat
    majority_accuracy: FiniteFloat
    num_pairs: int


class OrderingFigures(MetricsFile):
    """ordering.json, by what the order was measured against."""

    true_depth: Accuracies | None = None
    estimated_depth: Accuracies | None = None
    relative_depth: Accuracies | None = None
    rule: Accuracies | None = None


class RetrievalFigures(MetricsFile):
    """retrieval.json."""

    mean_top1_score: FiniteFloat
    mean_top1_mask_iou: FiniteFloat
    mean_top1_context_iou: FiniteFloat
    share_of_layout_pixels_with_reference: FiniteFloat
    num_components: int


class DriftFigures(MetricsFile):
    """`layout_drift` of sources.json."""

    mean_iou: FiniteFloat
    pixel_accuracy: FiniteFloat


class CopyingFigures(MetricsFile):
    """`copying` of sources.json."""

    share_of_pixels_unchanged: FiniteFloat
    share_of_pixels_nearly_unchanged: FiniteFloat
    nearest_crop_distance: RowFigures


class DiversityFigures(MetricsFile):
    """`diversity` of sources.json; absent where each layout has one variant."""

    perceptual_distance: FiniteFloat
    share_of_changed_sources: FiniteFloat


class SourcesFigures(MetricsFile):
    """sources.json."""

    layout_drift: DriftFigures
    copying: CopyingFigures
    diversity: DiversityFigures | None = None


class CostFigures(MetricsFile):
    """cost/<stage>.json."""

    seconds: FiniteFloat
    seconds_per_picture: FiniteFloat | None = None
    cpu_seconds: FiniteFloat
    peak_memory_mib: int


class LayoutFigures(MetricsFile):
    """layout.json: coarse layouts against the fine ones, before and after refinement."""

    coarse: DriftFigures
    refined: DriftFigures


class TrainingFigures(MetricsFile):
    """train_<net>.json."""

    num_steps: int
    num_parameters: int


class BankFigures(MetricsFile):
    """extract_bank.json."""

    num_photos: int
    num_segments: int
    num_bytes: int


class DataFigures(MetricsFile):
    """prepare.json."""

    dataset: str = ""
    num_train: int
    num_val: int
    num_categories: int
    height_px: int
    width_px: int


def read_any_figures(path: Path, model: type[FileType], made_by: str) -> FileType | None:
    """Read a file as `read_figures` does; None where there is none."""
    return read_figures(path, model, made_by) if path.is_file() else None


def read_figures(path: Path, model: type[FileType], made_by: str) -> FileType:
    """Read and check a metrics file.

    Args:
        path: The file.
        model: What it holds.
        made_by: The stage that writes it, named in the error.

    Raises:
        SimsError: The file is missing, damaged, or holds something else than figures.
    """
    try:
        return model.model_validate(read_json(path, made_by))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SimsError(
            path,
            f"'{key}': {first['msg']}" if key else first["msg"],
            found=str(first["input"])[:60],
            remedy=f"run stage '{made_by}' again",
        ) from error
