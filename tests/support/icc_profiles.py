"""Small colour profiles in the form of ICC.1:2001-04, of which nobody holds rights."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# Red, green and blue in XYZ under D50, a row each, as the profiles of Adobe, Apple and the W3C have them.
ADOBE_RGB = np.array([(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)])
DISPLAY_P3 = np.array([(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)])
SRGB = np.array([(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)])
_D50 = (0.9642, 1.0, 0.8249)

Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def srgb_to_linear(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 0) ** (1 / 2.4) - 0.055)


def rgb_profile(primaries: NDArray[np.float64], curve: Curve) -> bytes:
    """A profile of three primaries, (3, 3) XYZ, and the curve from stored to linear values, both in 0..1."""
    colours = {f"{name}XYZ": _xyz(*row) for name, row in zip("rgb", primaries, strict=True)}
    return _profile("RGB ", "XYZ ", colours | {f"{name}TRC": _curve(curve) for name in "rgb"})


def grey_profile(curve: Curve) -> bytes:
    return _profile("GRAY", "XYZ ", {"kTRC": _curve(curve)})


def grey_inks_profile() -> bytes:
    """A profile of four inks that are all grey: each full one takes a quarter of the lightness."""
    num_inks = np.array([bin(corner).count("1") for corner in range(16)])
    lab = np.stack([255 - num_inks * 255 // 4, np.full(16, 128), np.full(16, 128)], axis=1).astype(np.uint8)
    straight = bytes(range(256))
    matrix = struct.pack(">9i", *(np.eye(3).ravel() * 65536).astype(int))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + straight * 4 + lab.tobytes() + straight * 3
    return _profile("CMYK", "Lab ", {"A2B0": table}, kind=b"prtr")


def _profile(space: str, connection: str, tags: dict[str, bytes], kind: bytes = b"mntr") -> bytes:
    text = b"test\0"
    tags = {
        "desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        "cprt": b"text\0\0\0\0" + text,
        "wtpt": _xyz(*_D50),
    } | tags
    place = 128 + 4 + 12 * len(tags)
    directory, content = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        directory += name.encode() + struct.pack(">II", place + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s12s4s", place + len(content), b"", 0x02400000, kind, space.encode(),
                       connection.encode(), struct.pack(">6H", 2000, 1, 1, 0, 0, 0), b"acsp")  # fmt: skip
    return (head + bytes(28) + _xyz(*_D50)[8:]).ljust(128, b"\0") + directory + content


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve(curve: Curve) -> bytes:
    values = np.round(curve(np.linspace(0, 1, 1024)) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + values.tobytes()
