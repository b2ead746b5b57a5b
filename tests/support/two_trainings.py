"""Two trainings one after the other, for one process or for several: starting these takes longer than training."""

import sys
from pathlib import Path

from tests.support.project import run_command

COMMANDS = (
    "stages.train_ordering --out={0}/ordering --curves={0}/curves --metrics={0}/metrics.json",
    "stages.train_baseline pix2pix --models={0} --plots={0}/plots --metrics={0}/metrics",
)


def train(folder: str) -> str:
    """Run both stages in the current folder, writing below another, and return what they said on stderr."""
    said = ""
    for command in COMMANDS:
        done = run_command(Path(), *command.format(folder).split())
        if done.returncode:
            raise RuntimeError(done.stderr)
        said += done.stderr
    return said


if __name__ == "__main__":
    print(train(sys.argv[1]), file=sys.stderr)  # noqa: T201
