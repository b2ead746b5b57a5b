"""What becomes of damaged inputs: every reader and command, hundreds of generated kinds of damage.

    python -m benchmarks.damage                                  # makes a tiny project first, which takes minutes
    python -m benchmarks.damage --project PATH --seed 1          # a checkout in which the tiny preset is finished
    python -m benchmarks.damage --project PATH --only synthesize

Each case damages one input of one command, in a copy of the project, and runs the command. Right is one line that says
what is wrong, or the same result as without the damage. Wrong are a traceback, a crash, more than 20 s, no clear line,
a result that the damage has changed, and any file that is changed or half written by a command that failed. Ends with
exit code 1 when anything is wrong. `benchmarks/damaged/sandbox.py` says why a case equals a cold start.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Annotated

import typer

from benchmarks.damaged.cases import all_cases
from benchmarks.damaged.inputs import make_template
from benchmarks.damaged.sandbox import BAD, HARMLESS, ONE_LINE, RIGHT, Case, Run, judge, run_all

_ROOT = Path(__file__).parents[1]
_SHOWN = 300


def main(
    project: Annotated[Path | None, typer.Option(help="A checkout with a finished tiny project.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the cases.")] = 0,
    per_input: Annotated[int, typer.Option(min=1, help="Kinds of damage per kind of file that a command reads.")] = 6,
    per_key: Annotated[int, typer.Option(min=0, help="Wrong values per key of params.yaml.")] = 4,
    jobs: Annotated[int, typer.Option(min=1, help="Cases at a time.")] = 2,
    only: Annotated[str, typer.Option(help="Only cases whose command, kind or place this pattern finds.")] = "",
    show_all: Annotated[bool, typer.Option("--all", help="List the right cases as well.")] = False,
) -> None:
    """Run all cases, print the table and the cases that went wrong."""
    os.nice(10)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sims-damage-") as name:
        work = Path(name)
        finished = make_project(work / "checkout") if project is None else project
        _in_child(lambda: make_template(finished.absolute(), work / "template"))
        import_everything()
        cases = [case for case in all_cases(work / "template", seed, per_input, per_key) if is_chosen(case, only)]
        verdicts = run_cases(work, cases, jobs, show_all)
    print_table(cases, verdicts)
    bad = sum(verdict in BAD for verdict in verdicts)
    print(f"{len(cases)} cases of seed {seed}, {bad} wrong, {time.monotonic() - started:.0f} s")
    sys.exit(bool(bad))


def is_chosen(case: Case, only: str) -> bool:
    """Return whether a case is among those asked for."""
    return any(re.search(only, text) for text in (case.command.name, case.kind, case.what))


def make_project(checkout: Path) -> Path:
    """Clone this repository and let DVC make the tiny project in the clone."""
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    commands = (
        ["git", "clone", "-q", str(_ROOT), str(checkout)],
        [sys.executable, "-m", "sims_core.cli", "preset", "use", "tiny", "--project", str(checkout)],
        [sys.executable, "-m", "dvc", "repro", "-q"],
    )
    for number, command in enumerate(commands):
        folder = _ROOT if number == 0 else checkout
        subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603 - our own commands
    return checkout


def import_everything() -> None:
    """Import what any case may, so that a forked case starts at once; no thread pool may start by that."""
    import sims_core
    import stages

    for package in (sims_core, stages):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    for name in ("lightning_fabric", "dvclive", "safetensors.torch"):
        import_module(name)


def run_cases(work: Path, cases: Sequence[Case], jobs: int, show_all: bool) -> list[str]:
    """Run the cases, each command without damage first, twice; return what became of each case."""
    template = work / "template"
    compared = list({case.command.name: case.command for case in cases if case.must_be_refused is None}.values())
    whole = [Case(command, "", "", lambda _: None) for command in compared for _ in range(2)]
    references: dict[str, list[Run]] = defaultdict(list)
    for number, run in run_all(template, whole, work / "whole", jobs):
        if run.code:
            raise SystemExit(f"{whole[number].command.name} fails without damage: {run.complained or run.said}")
        references[whole[number].command.name].append(run)
    verdicts = [""] * len(cases)
    for number, run in run_all(template, cases, work / "cases", jobs):
        case = cases[number]
        verdicts[number] = judge(case, run, references[case.command.name])
        if show_all or verdicts[number] in BAD:
            print(f"{verdicts[number]}: {case.command.name} | {case.kind} | {case.what} | {_words(run)}", flush=True)
    return verdicts


def _words(run: Run) -> str:
    lines = (run.complained.strip() or run.said.strip()).splitlines()
    told = next((line for line in lines if line.startswith(("error: ", "Error: "))), lines[-1] if lines else "")
    changed = f" changed: {', '.join(sorted(run.changed)[:3])}" if run.code and run.changed else ""
    return f"exit {run.code}, {run.seconds:.1f} s: {told[:_SHOWN]!r}{changed}"


def print_table(cases: Sequence[Case], verdicts: Sequence[str]) -> None:
    """Print how many cases of each command ended how, as a Markdown table."""
    columns = (ONE_LINE, HARMLESS, RIGHT, *BAD)
    named = {
        "command": [case.command.name for case in cases],
        "damage": [case.kind.partition(":")[0] for case in cases],
    }
    for title, names in named.items():
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for name, verdict in zip(names, verdicts, strict=True):
            counts[name][verdict] += 1
        print(f"\n| {title} | cases | {' | '.join(columns)} |\n|--|{'--:|' * (len(columns) + 1)}")
        for name, found in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
            print(f"| {name} | {found.total()} | {' | '.join(str(found[column] or '') for column in columns)} |")


def _in_child(work: Callable[[], None]) -> None:
    """Call a function in a process of its own: threads of libraries that it starts stay there."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(process, 0)[1]:
        raise SystemExit("the inputs could not be made")


if __name__ == "__main__":
    typer.run(main)
