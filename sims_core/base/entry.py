"""What every command begins with, and imports first: whatever ends it early is said in one line.

A stage is a Typer command that also writes what it cost.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from sims_core.base.cost import COST_FOLDER, measured
from sims_core.base.endings import StoppedFromOutside, end_uncaught, say_ending
from sims_core.base.locks import only_writer
from sims_core.base.processes import is_first_process
from sims_core.base.temporary import clear_leftovers

if TYPE_CHECKING:
    from typer import Typer

# Whoever imports this goes on to import much else, for seconds, outside of `run_app`.
sys.excepthook = end_uncaught


def run_stage(main: Callable[..., int | None]) -> None:
    """Run a stage's `main` as a command; see `run_app` for how it ends.

    A main that makes pictures returns how many; others return None. A stage of a project runs once at a time.

    A run as in dvc.yaml, without options, also writes what it cost to metrics/cost/<stage>.json; of `STAGE WORD` to
    <stage>_<word>.json.
    """
    from typer import Typer

    @wraps(main)
    def command(*args: Any, **kwargs: Any) -> None:
        words = sys.argv[1:]
        if not is_first_process():
            main(*args, **kwargs)
            return
        stage = "_".join([Path(sys.argv[0]).stem, *takewhile(lambda word: not word.startswith("-"), words)])
        # Also where options lead its outputs elsewhere: a training has one state.
        with only_writer(Path(stage)):
            if any(word.startswith("-") for word in words):
                main(*args, **kwargs)
                return
            with measured(COST_FOLDER / f"{stage}.json") as work:
                work.num_pictures = main(*args, **kwargs)

    app = Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    run_app(app)


def run_app(app: Typer) -> None:
    """Run a Typer app; whatever ends it early becomes one line on stderr.

    The exit code is 1 after an error, 2 after a wrong option, and 130 after Ctrl-C or SIGTERM. Temporary files of the
    command and its worker processes have gone then.
    """
    with _signals_raise():
        try:
            clear_leftovers(Path.cwd())
            app()
        except SystemExit:
            raise
        except BaseException as error:
            sys.exit(say_ending(error))


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM raise where the program is, so that every block under way cleans up after itself."""
    # A signal that is ignored stays so: `nohup`, and jobs in the background of a script.
    numbers = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise StoppedFromOutside(number)
