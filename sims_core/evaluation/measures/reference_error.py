"""Error of a picture to the photograph that its layout was drawn from: diagnostics, no measure of quality.

A layout has many photographs; a picture that is as good as the real one but shows another car has a
large error, and a blurred mean of all of them a small one.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from sims_core.base.errors import SimsError

# Wang et al. (2004): a Gaussian of 1.5 pixels, cut off at 3.5 times that.
SSIM_WINDOW_PX = 11
ERROR_RULE = (
    "per picture over all pixels, void included, and the three channels; then the mean over the pictures. L1 of "
    "colours in [0, 255]; PSNR in dB for a range of 255, absent where a picture equals its photograph; SSIM of Wang "
    "et al. (2004), Gaussian window of sigma 1.5, population covariance, mean over the channels (scikit-image)"
)


@dataclass(frozen=True)
class ReferenceError:
    """L1 in [0, 255], PSNR in dB (infinite for equal pictures) and SSIM in [-1, 1]; the order of `as_array`."""

    l1: float
    psnr_db: float
    ssim: float

    def as_array(self) -> NDArray[np.float64]:
        """Return the (3,) float64 numbers in the order of the fields."""
        return np.array(astuple(self))


def reference_error(picture: NDArray[np.uint8], photo: NDArray[np.uint8]) -> ReferenceError:
    """Compare a picture with the real photograph, both (H, W, 3) uint8 RGB; the rule is `ERROR_RULE`.

    Raises:
        SimsError: A side is shorter than the window of the SSIM.
    """
    if min(picture.shape[:2]) < SSIM_WINDOW_PX:
        raise SimsError(
            "SSIM",
            "pictures are smaller than its window",
            expected=f"sides of at least {SSIM_WINDOW_PX} px",
            found=f"{picture.shape[1]} x {picture.shape[0]} px",
        )
    with np.errstate(divide="ignore"):
        psnr_db = float(peak_signal_noise_ratio(photo, picture, data_range=255))
    return ReferenceError(
        l1=float(np.abs(picture.astype(np.float64) - photo).mean()),
        psnr_db=psnr_db,
        ssim=float(
            structural_similarity(
                photo,
                picture,
                data_range=255,
                channel_axis=2,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
        ),
    )
