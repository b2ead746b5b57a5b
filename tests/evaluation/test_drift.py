"""How far the layout of a canvas lies from the asked one."""

import numpy as np
import pytest

from sims_core.evaluation.measures.drift import LayoutDrift
from sims_core.scenes.classes import VOID

ASKED = np.array([[0, 0, 0, 0], [1, 1, 1, VOID]], np.uint8)


def test_by_hand():
    drift = LayoutDrift(3)
    realised = np.array([[0, 0, 1, VOID], [1, 1, 0, 0]], np.uint8)
    drift.add(ASKED, realised)
    # Category 0: 2 right of 4 asked and one too many; category 1: 2 right, one missed, one too many.
    assert drift.category_ious[:2] == pytest.approx([2 / 5, 2 / 4])
    assert np.isnan(drift.category_ious[2])
    assert drift.summary() == pytest.approx({"mean_iou": 0.45, "pixel_accuracy": 4 / 7})


def test_sums_over_layouts_and_no_drift_is_one():
    drift = LayoutDrift(2)
    drift.add(ASKED, np.where(ASKED == VOID, 0, ASKED).astype(np.uint8))
    assert drift.summary() == {"mean_iou": 1.0, "pixel_accuracy": 1.0}
    drift.add(ASKED, np.full_like(ASKED, VOID))
    assert drift.summary() == {"mean_iou": 0.5, "pixel_accuracy": 0.5}
