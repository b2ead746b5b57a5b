"""dvc.yaml -> the table of stages in docs/pipeline.md: what each reads, writes and does."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML

BEGIN = "<!-- Down to the end of the table: written by `sims pipeline write` from dvc.yaml. -->"
END = "<!-- End of the table. -->"
# A stage that reads more than these says which folders it reads from.
_MAX_READ = 6


def with_stage_table(page: str, pipeline: str) -> str | None:
    """Return a page with its table of stages written anew.

    Args:
        page: Markdown with the lines `BEGIN` and `END`.
        pipeline: The text of dvc.yaml.

    Returns:
        The page; None when it has no such lines.
    """
    before, begin, rest = page.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        return None
    stages = YAML(typ="safe", pure=True).load(pipeline)["stages"]
    rows = ["| stage | reads | writes | in one sentence |", "|--|--|--|--|"]
    rows += [f"| {' | '.join(_cells(name, stage))} |" for name, stage in stages.items()]
    return before + begin + "".join(f"{row}\n" for row in rows) + end + after


def _cells(name: str, stage: dict[str, Any]) -> list[str]:
    members = "".join(f"@<{axis}>" for axis in stage.get("matrix", {}))
    read = _below_data(stage["deps"])
    if len(read) > _MAX_READ:
        read = list(dict.fromkeys(path.split("/")[0] for path in read))
    return [
        _listed([name + members]),
        _listed(read) or "the dataset",
        _listed(_below_data(stage["outs"])),
        stage["desc"],
    ]


def _below_data(paths: list[Any]) -> list[str]:
    """Return the paths below data/, without data/, and with the variable of a matrix in angle brackets."""
    named = [path for path in paths if isinstance(path, str) and path.startswith("data/")]
    kept = [path.removeprefix("data/") for path in named if not path.startswith("data/plots/")]
    return [re.sub(r"\$\{item\.(\w+)\}", r"<\1>", path) for path in kept]


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
