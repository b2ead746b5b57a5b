"""The texture library: everything a scene can be made of, drawn once per process."""

from __future__ import annotations

from functools import cache

from sims_core.datasets.synthetic_street.atlas import Atlas
from sims_core.datasets.synthetic_street.facades import facade_textures
from sims_core.datasets.synthetic_street.materials import material_textures
from sims_core.datasets.synthetic_street.people_textures import people_textures
from sims_core.datasets.synthetic_street.signs import sign_textures
from sims_core.datasets.synthetic_street.vehicle_textures import vehicle_textures


@cache
def texture_library() -> Atlas:
    """Return all textures; the same in every process, whatever the seed of the data set."""
    materials = material_textures()
    return Atlas(materials | facade_textures(materials) | people_textures() | sign_textures() | vehicle_textures())
