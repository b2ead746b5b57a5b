"""JSON and MATLAB files that datasets come with, checked."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from sims_core.base.errors import SimsError
from sims_core.base.text_files import read_json

# COCO's instances_train2017.json has 448 MB.
_MOST_BYTES = 2**31
# What scipy raises on the way through bytes that are no MATLAB file.
_DAMAGED_MAT = (
    *(MatReadError, NotImplementedError, OSError, ValueError, IndexError, KeyError, TypeError),
    *(OverflowError, MemoryError, zlib.error),
)


def read_json_file(path: Path, remedy: str) -> Any:
    """Return the content of a JSON file of a dataset; SimsError when missing or damaged."""
    if not path.is_file():
        raise SimsError(path, "not found", remedy=remedy)
    return read_json(path, remedy, _MOST_BYTES)


def read_mat_numbers(path: Path, key: str, remedy: str) -> NDArray[np.int64]:
    """Return a variable of a MATLAB file (before version 7.3) as (N,) int64.

    Raises:
        SimsError: The file is missing or damaged, or the variable is missing or holds no whole numbers.
    """
    if not path.is_file():
        raise SimsError(path, "not found", remedy=remedy)
    try:
        content = loadmat(path, variable_names=[key])
    except _DAMAGED_MAT as error:
        raise SimsError(path, "is not a readable MATLAB file", found=error, remedy=remedy) from error
    if key not in content:
        raise SimsError(path, f"variable '{key}' not found", remedy=remedy)
    values = np.asarray(content[key]).ravel()
    if not np.issubdtype(values.dtype, np.number) or not np.array_equal(values, np.round(values)):
        raise SimsError(path, f"variable '{key}'", expected="whole numbers", found=values.dtype, remedy=remedy)
    return values.astype(np.int64)
