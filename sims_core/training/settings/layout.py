"""The network that makes coarse layouts dense: section `layout` of params.yaml."""

from __future__ import annotations

from sims_core.layouts.coarse import CoarsenConfig, LayoutSource
from sims_core.training.settings.cascade import CascadeConfig


class LayoutConfig(CascadeConfig):
    """The cascade that makes coarse layouts dense.

    `source` says what it learns from: coarse annotation `simulated` from the layouts, as section `coarse` says, or the
    dataset's own, `annotated` beside the layouts of the same photos.
    """

    source: LayoutSource
    coarse: CoarsenConfig
