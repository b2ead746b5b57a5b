"""Independent random streams: one per seed, purpose and item.

A stream depends only on its key, so results do not change with the number of workers,
the order of the items, or what else was drawn before. Nothing here touches global state.
"""

from __future__ import annotations

import hashlib

import numpy as np


def _key_words(key: tuple[object, ...]) -> list[int]:
    digest = hashlib.sha256("\x1f".join(str(part) for part in key).encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4)]


def random_stream(seed: int, *key: object) -> np.random.Generator:
    """Return the generator of one purpose and item, e.g. ``random_stream(0, "simulate", scene_id, 3)``.

    Args:
        seed: The project's seed, `seed` in params.yaml.
        key: What the stream is for; parts are compared by their text.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *_key_words(key)])))


def derive_seed(seed: int, *key: object) -> int:
    """Return a 63-bit integer seed for libraries that want one (torch, for instance)."""
    return int(random_stream(seed, *key).integers(0, 2**63))
