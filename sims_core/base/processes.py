"""The processes of one run: `torchrun` and `fabric run` start several, which number themselves in RANK."""

from __future__ import annotations

import os


def is_first_process() -> bool:
    """Return whether this process is the one that writes files and talks."""
    return os.environ.get("RANK", "0") == "0"
