"""Does the transformation network put segments back? A square two pixels to the left of its place, by hand."""

from collections import Counter

import numpy as np
import pytest

from sims_core.base.errors import SimsError
from sims_core.evaluation.run.transform import evaluate_transform
from sims_core.formats.simulated import TRANSFORM_PAIRS
from sims_core.formats.tables import TableReader, image_cell, write_table
from sims_core.scenes.affine import from_pixels

FRAME = (12, 16)


def square(left):
    """4 x 4 pixels."""
    mask = np.zeros(FRAME, bool)
    mask[4:8, left : left + 4] = True
    return mask


def row(scene_id, split, number):
    mask, target = square(3), square(5)
    pictures = {
        "segment": mask[..., None] * np.uint8([10 + number, 20, 30]),
        "segment_mask": mask,
        "target": target[..., None] * np.uint8([10 + number, 20, 30]),
        "target_mask": target,
        "layout": np.full(FRAME, number, np.uint8),
    }
    names = {"scene_id": scene_id, "split": split, "component": number, "category_id": 0, "theta": [0.0] * 6}
    return names | {name: image_cell(picture) for name, picture in pictures.items()}


def table_of(folder, rows):
    write_table(folder, "transform", TRANSFORM_PAIRS, rows, "transform")
    return TableReader(folder, TRANSFORM_PAIRS)


class Mover:
    """Moves the segments of red 11 by so many pixels to the right, and no others; notes what it is asked."""

    def __init__(self, right_px):
        self.theta = from_pixels(np.array([[1, 0, -right_px], [0, 1, 0]]), FRAME)
        self.asked = []

    def predict(self, segments, places, layout):
        self.asked.append((len(segments), int(layout[0, 0])))
        assert [(segment.box, place.box) for segment, place in zip(segments, places, strict=True)] == [
            ((4, 3, 8, 7), (4, 5, 8, 9))
        ] * len(segments)
        moves = [segment.rgb[..., 0].max() == 11 for segment in segments]
        return np.array([self.theta if moved else np.eye(2, 3) for moved in moves], dtype=np.float32)


@pytest.fixture
def pairs(tmp_path):
    """Two held-out segments of one scene and one of another; a training pair between them counts for nothing."""
    rows = [row("a", "val", 1), row("a", "val", 2), row("t", "train", 1), row("b", "val", 1)]
    return table_of(tmp_path / "transform", rows)


def test_figures_by_hand(pairs):
    mover = Mover(2)
    found = evaluate_transform(pairs, mover, "16 x 12", "abc")
    assert Counter(mover.asked) == {(2, 1): 1, (1, 1): 1}  # the segments of a scene together, in its layout
    # 8 of 24 pixels are in both; of three segments two are put exactly into their places and one stays.
    assert found["mean_iou_before"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["mean_iou_after"] == pytest.approx((1 + 1 + 1 / 3) / 3, abs=1e-6)
    assert found["mean_iou_improvement"] == pytest.approx(4 / 9, abs=1e-6)
    assert found["share_improved"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["num_pairs"] == 3
    assert (found["protocol"]["resolution"], found["protocol"]["weights_sha256"]) == ("16 x 12", "abc")


def test_a_network_that_moves_the_wrong_way_makes_it_worse(pairs):
    found = evaluate_transform(pairs, Mover(-1), "16 x 12", "abc")
    assert found["mean_iou_after"] == pytest.approx((4 / 28 + 4 / 28 + 1 / 3) / 3, abs=1e-6)
    assert found["share_improved"] == 0


def test_without_held_out_pairs_there_are_no_figures(tmp_path):
    pairs = table_of(tmp_path / "transform", [row("t", "train", 1)])
    with pytest.raises(SimsError, match="no held-out transform pairs; run stage 'simulate' with more scenes"):
        evaluate_transform(pairs, Mover(2), "16 x 12", "abc")
