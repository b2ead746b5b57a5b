"""Kills the tiny pipeline over and over, and shows that `dvc repro` still ends in the same bytes.

    python -m benchmarks.chaos

Signals go to all processes at once: SIGKILL, and SIGTERM now and then. Every stage is hit at least twice, every
training once before and once after its first checkpoint, and the rest of the signals fall anywhere, also between
stages. Both clones train for more steps than the preset, so that a training goes on after its first checkpoint. After
each signal comes `dvc repro`. Only what DVC writes in place and was killed over, dvc.lock and its rwlock, is brought
back or removed before, and counted. A second clone runs the pipeline undisturbed. The seed fixes the plan; the
moments depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.clones import clone, differing, environment, hashes, read_lock, run, tree

BEFORE, AFTER = "before a checkpoint", "after a checkpoint"
_RUNNING = re.compile(r"Running stage '(.+)'")
_LATEST_S = 4.0  # after the start of a stage
_ANYWHERE_S = 12.0  # after the start of `dvc repro`
_PER_STAGE = 2
_BEFORE_CHECKPOINT_S = 1.5  # a training has not even imported its packages by then
_NUM_STEPS = 30


@dataclass
class Chaos:
    """What has been done to the pipeline.

    Attributes:
        due: Signals that each stage still has to receive.
        signals: Those that are left to be sent.
        forced: Options of the next `dvc repro`, by which it runs again what ended unharmed.
        rows: One for every signal: number, name, stage, what was under way.
        damaged_locks: How often DVC itself was killed while it wrote dvc.lock, and git gave the file back.
        damaged_rwlocks: How often while it wrote .dvc/tmp/rwlock, which was removed then.
    """

    folder: Path
    source: random.Random
    due: Counter[str]
    signals: list[signal.Signals]
    forced: list[str] = field(default_factory=list)
    rows: list[tuple[int, str, str, str]] = field(default_factory=list)
    damaged_locks: int = 0
    damaged_rwlocks: int = 0

    def once(self) -> bool:
        """Run `dvc repro` and send it a signal; return whether it came to its end before.

        When nothing is left to do, a stage that ended unharmed is forced.
        """
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "dvc", "repro", *self.forced],
            cwd=self.folder,
            env=environment(self.folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        output: list[str] = []
        reader = threading.Thread(target=lambda: output.extend(iter(process.stdout.readline, "")))  # type: ignore[union-attr]
        reader.start()
        # As many fall anywhere as the stages leave over.
        share = 1 - sum(self.due.values()) / max(1, len(self.signals))
        anywhere = not self.forced and self.source.random() < share
        moment = time.monotonic() + self.source.uniform(0, _ANYWHERE_S) if anywhere and self.signals else None
        seen: str | None = None
        while process.poll() is None:
            stage = _stage_of(output)
            if stage != seen:
                seen = stage
                if not anywhere:
                    moment = self._moment(stage)
            if moment is not None and time.monotonic() >= moment and (anywhere or not self._waits(seen)):
                self._hit(process, seen, is_due=not anywhere)
                self.forced = []
                reader.join()
                return False
            time.sleep(0.02)
        reader.join()
        if process.returncode:
            sys.exit("dvc repro failed by itself:\n" + "".join(output[-30:]))
        self.forced = ["--single-item", "--force", next(iter(+self.due))] if +self.due else []
        return True

    def _moment(self, stage: str | None) -> float | None:
        """Return when a stage that has just begun is hit, if it is due; a training's last hit waits further."""
        if stage is None or not self.due[stage] or not self.signals:
            return None
        latest_s = _LATEST_S
        if _training_state(self.folder, stage):
            latest_s = _BEFORE_CHECKPOINT_S if self.due[stage] == _PER_STAGE else 0
        return time.monotonic() + self.source.uniform(0, latest_s)

    def _waits(self, stage: str | None) -> bool:
        """Return whether a stage is a training whose last due signal waits for its first checkpoint."""
        return stage is not None and self.due[stage] == 1 and _training_state(self.folder, stage) == BEFORE

    def _hit(self, process: subprocess.Popen[str], stage: str | None, is_due: bool) -> None:
        number = self.signals.pop()
        state = _training_state(self.folder, stage)
        os.killpg(process.pid, number)
        process.wait()
        while _is_alive(process.pid):
            time.sleep(0.02)
        if is_due and stage is not None:
            self.due[stage] -= 1
        self.rows.append((len(self.rows) + 1, number.name, stage or "no stage yet", state))
        print(*self.rows[-1], sep="\t", flush=True)
        if read_lock(self.folder) is None:
            self.damaged_locks += 1
            run(self.folder, ["git", "checkout", "--", "dvc.lock"])
        rwlock = self.folder / ".dvc/tmp/rwlock"
        if rwlock.is_file() and not _is_json(rwlock.read_text()):
            self.damaged_rwlocks += 1
            rwlock.unlink()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _stage_of(output: list[str]) -> str | None:
    found = [match[1] for line in list(output) if (match := _RUNNING.search(line))]
    return found[-1] if found else None


def _training_state(folder: Path, stage: str | None) -> str:
    """Return whether a stage's training, if it has one, has a checkpoint."""
    if stage is None or not stage.startswith("train_"):
        return ""
    name = stage.split("@")[-1].removeprefix("train_")
    has_one = any((folder / ".sims/state" / name).rglob("checkpoint.pt"))
    return AFTER if has_one else BEFORE


def _is_alive(group: int) -> bool:
    """Return whether a process of a group is there, but for those that ended and nobody waited for."""
    command = ["ps", "-eo", "pgid=,stat="]
    states = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return any(int(line.split()[0]) == group and "Z" not in line.split()[1] for line in states.splitlines())


def _longer(folder: Path) -> Path:
    """Give every training of a clone `_NUM_STEPS` steps, the perceptual features' too, and return the folder."""
    yaml, params = YAML(), folder / "params.yaml"
    content = yaml.load(params.read_text())
    content["perceptual"]["weights"] = "learned"
    for section in content.values():
        if isinstance(section, dict) and "num_steps" in section:
            section["num_steps"] = _NUM_STEPS
    yaml.dump(content, params)
    return folder


def main() -> None:
    """Do it all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--terms", type=int, default=10)
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)  # noqa: S311
    numbers = [signal.SIGKILL] * arguments.kills + [signal.SIGTERM] * arguments.terms
    source.shuffle(numbers)
    with tempfile.TemporaryDirectory(prefix="sims-chaos-") as place:
        whole, broken = (_longer(clone(Path(place) / name)) for name in ("whole", "broken"))
        undisturbed = subprocess.Popen(
            [sys.executable, "-m", "dvc", "--quiet", "repro"],
            cwd=whole,
            env=environment(whole),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stages = re.findall(r"^\S+", run(broken, [sys.executable, "-m", "dvc", "stage", "list"]), re.MULTILINE)
        chaos = Chaos(broken, source, Counter(dict.fromkeys(stages, _PER_STAGE)), numbers)
        while not chaos.once() or +chaos.due:
            pass
        if undisturbed.wait():
            sys.exit("the undisturbed run failed")
        expected, found = hashes(whole), hashes(broken)
        sent = Counter(row[1] for row in chaos.rows)
        print(f"\n{'stage':<32}signals  before / after a checkpoint")
        for stage in [*stages, "no stage yet"]:
            states = [row[3] for row in chaos.rows if row[2] == stage]
            counts = Counter(states)
            of_training = f"{counts[BEFORE]} / {counts[AFTER]}"
            print(f"{stage:<32}{len(states):>7}  {of_training if stage.startswith('train_') else ''}")
        print(f"\nsent: {dict(sent)}; left unsent: {len(chaos.signals)}; stages still due: {dict(+chaos.due)}")
        print(f"outputs compared: {len(expected)}; that differ: {differing(expected, found) or 'none'}")
        print(f"files that one tree lacks: {sorted(tree(whole) ^ tree(broken)) or 'none'}")
        print(f"dvc.lock cut off while DVC wrote it, taken back from git's index: {chaos.damaged_locks}")
        print(f".dvc/tmp/rwlock cut off while DVC wrote it, removed: {chaos.damaged_rwlocks}")


if __name__ == "__main__":
    main()
