"""The processes of one run: `torchrun` and `fabric run` start several, which number themselves in RANK."""

from __future__ import annotations

import os

from sims_core.base.errors import SimsError

# No run has more processes, on one machine or on many.
_MOST = 100_000


def is_first_process() -> bool:
    """Return whether this process is the one that writes files and talks."""
    return environment_count("RANK", 0, least=0) == 0


def environment_count(name: str, default: int, least: int = 1) -> int:
    """Return the number that an environment variable holds.

    Args:
        name: Of the variable.
        default: Where it is not set, or empty.
        least: The smallest number that has a meaning.

    Raises:
        SimsError: It holds no whole number, a smaller one, or one that nobody means.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
    if not least <= number <= _MOST:
        raise SimsError(
            name,
            "environment variable",
            expected=f"a whole number from {least} to {_MOST}",
            found=text,
            remedy="unset it",
        )
    return number
