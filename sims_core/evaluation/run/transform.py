"""Does the transformation network put a perturbed segment back where it belongs?"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from sims_core.base.csv_files import rounded
from sims_core.base.errors import SimsError
from sims_core.base.pictures import decode_mask, decode_png
from sims_core.composition.alignment import ThetaPredictor
from sims_core.formats.tables import TableReader
from sims_core.scenes.affine import warp_segment
from sims_core.scenes.boxes import box_slices
from sims_core.scenes.placed import PlacedMask, PlacedSegment, mask_iou


def evaluate_transform(
    pairs: TableReader, predictor: ThetaPredictor, resolution: str, weights_sha256: str
) -> dict[str, Any]:
    """Return the content of metrics/figures/transform.json.

    Args:
        pairs: The `transform` table of data/simulated; rows of split "val" count.
        predictor: The network.
        resolution: Of the pairs, for the protocol.
        weights_sha256: Of its weight file.

    Raises:
        SimsError: There are no held-out pairs.
    """
    held_out = [index for index, split in enumerate(pairs.column("split")) if split == "val"]
    if not held_out:
        raise SimsError(pairs.folder, "no held-out transform pairs", remedy="run stage 'simulate' with more scenes")
    before, after = [], []
    for _, group in groupby((pairs.row(index) for index in held_out), key=lambda row: row["scene_id"]):
        for old, new in _score_scene(list(group), predictor):
            before.append(old)
            after.append(new)
    old_ious, new_ious = np.array(before), np.array(after)
    return rounded(
        {
            "mean_iou_before": float(old_ious.mean()),
            "mean_iou_after": float(new_ious.mean()),
            "mean_iou_improvement": float((new_ious - old_ious).mean()),
            "share_improved": float((new_ious > old_ious).mean()),
            "num_pairs": len(before),
            "protocol": {
                "pairs": "segments of validation scenes, perturbed as in training by streams of their own",
                "iou": "of the segment's mask and its place, before and after the predicted warp",
                "mean": "over pairs, each counting once",
                "resolution": resolution,
                "weights_sha256": weights_sha256,
            },
        }
    )


def _score_scene(rows: list[dict[str, Any]], predictor: ThetaPredictor) -> list[tuple[float, float]]:
    places = [PlacedMask.of_frame(decode_mask(row["target_mask"]["bytes"])) for row in rows]
    segments = [_segment(row) for row in rows]
    layout = decode_png(rows[0]["layout"]["bytes"])
    thetas = predictor.predict(segments, places, layout)
    frame = (layout.shape[0], layout.shape[1])
    return [
        (mask_iou(segment, place), mask_iou(warp_segment(segment, theta, frame), place))
        for segment, place, theta in zip(segments, places, thetas, strict=True)
    ]


def _segment(row: dict[str, Any]) -> PlacedSegment:
    placed = PlacedMask.of_frame(decode_mask(row["segment_mask"]["bytes"]))
    return PlacedSegment(placed.box, placed.mask, decode_png(row["segment"]["bytes"])[box_slices(placed.box)])
