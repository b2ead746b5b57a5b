"""Embedded colour profiles (ICC): the colours of a photo in sRGB, as a viewer shows them."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

# The colour space that a profile must be of, by mode of the picture.
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
# What is called sRGB differs by rounding from maker to maker.
_MAX_ROUNDING = 2
_SAMPLE_STEP = 15


def to_srgb(photo: Image.Image) -> Image.Image:
    """Return a photo of any mode in mode RGB, its colours in sRGB; transparency is lost.

    Without a profile colours are sRGB already. So they are to viewers where a profile is damaged or is one for another
    kind of picture.
    """
    mode = photo.mode.removesuffix("A")
    mode = mode if mode in _SPACES else "RGB"
    plain = photo if photo.mode == mode else photo.convert(mode)
    profile = photo.info.get("icc_profile")
    transform = _transform(profile, mode) if profile else None
    if transform is not None:
        return transform.apply(plain)
    return plain if mode == "RGB" else plain.convert("RGB")


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform of a profile to sRGB; None where it would change nothing, or means nothing."""
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if own.profile.xcolor_space.strip() != _SPACES[mode]:
            return None
        transform = ImageCms.buildTransform(own, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (OSError, ImageCms.PyCMSError):
        return None
    if mode == "CMYK":
        return transform
    steps = np.arange(0, 256, _SAMPLE_STEP, dtype=np.uint8)
    samples = steps[None] if mode == "L" else np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    picture = Image.fromarray(samples)
    changed = np.asarray(transform.apply(picture), dtype=np.int16) - np.asarray(picture.convert("RGB"))
    return transform if np.abs(changed).max() > _MAX_ROUNDING else None
