"""JSON and MATLAB files that datasets come with, checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from sims_core.base.errors import SimsError


def read_json_file(path: Path, remedy: str) -> Any:
    """Return the content of a JSON file of a dataset; SimsError when missing or damaged."""
    if not path.is_file():
        raise SimsError(path, "not found", remedy=remedy)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SimsError(path, "is not valid JSON", found=str(error), remedy=remedy) from error


def read_mat_numbers(path: Path, key: str, remedy: str) -> NDArray[np.int64]:
    """Return a variable of a MATLAB file (before version 7.3) as (N,) int64.

    Raises:
        SimsError: The file is missing or damaged, or the variable is missing or holds no whole numbers.
    """
    if not path.is_file():
        raise SimsError(path, "not found", remedy=remedy)
    try:
        content = loadmat(path, variable_names=[key])
    except (MatReadError, ValueError, NotImplementedError, OSError) as error:
        raise SimsError(path, "is not a readable MATLAB file", found=str(error), remedy=remedy) from error
    if key not in content:
        raise SimsError(path, f"variable '{key}' not found", remedy=remedy)
    values = np.asarray(content[key]).ravel()
    if not np.issubdtype(values.dtype, np.number) or not np.array_equal(values, np.round(values)):
        raise SimsError(path, f"variable '{key}'", expected="whole numbers", found=values.dtype, remedy=remedy)
    return values.astype(np.int64)
