"""A canvas of a given provenance, with nothing else of interest."""

import numpy as np

from sims_core.formats.canvases import Canvas


def canvas_of(photo_ids, provenance, components=None):
    """Return a black canvas; `components` default to 0, 1, ... of the segments."""
    provenance = np.array(provenance, dtype=np.uint16)
    return Canvas(
        canvas=np.zeros((*provenance.shape, 3), np.uint8),
        known=provenance > 0,
        provenance=provenance,
        components=list(range(len(photo_ids))) if components is None else components,
        segment_ids=[f"{photo}:{index:04d}" for index, photo in enumerate(photo_ids)],
        photo_ids=photo_ids,
        licences=[f"licence of {photo}" for photo in photo_ids],
        implied_layout=np.zeros(provenance.shape, np.uint8),
    )
