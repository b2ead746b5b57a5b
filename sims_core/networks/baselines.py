"""The rivals from the literature that the results are compared with: layout -> photograph by a network alone."""

from __future__ import annotations

from enum import StrEnum


class Baseline(StrEnum):
    """A rival; its value is its section in params.yaml, its model's folder, and what its stages are called after @."""

    CRN = "crn"
    PIX2PIX = "pix2pix"
    SPADE = "spade"
