"""Raters who answer at once to `sims study serve`, while the server is killed and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from sims_core.base.seeding import random_stream
from sims_core.study.answers import DATABASE
from sims_core.study.design import Study
from sims_core.study.server import open_store

_AGAIN = 0.1
_PAUSE_S = 0.1


@dataclass(frozen=True)
class Outcome:
    """What became of the answers: sent, of these sent a second time, kills, missing, and there twice or changed."""

    num_sent: int
    num_again: int
    num_kills: int
    num_lost: int
    num_wrong: int
    seconds: float


class _Server:
    """`sims study serve` as a process on a free port."""

    def __init__(self, study: Study) -> None:
        self.study = study
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = self._start()

    def kill(self) -> None:
        """Kill the process as a power cut would, and start another one."""
        self.end()
        self.process = self._start()

    def end(self) -> None:
        """Kill the process."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "sims_core.cli", "study", "serve", str(self.study.folder)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        return subprocess.Popen(  # noqa: S603
            [*command, "--port", str(self.port)], stdout=subprocess.DEVNULL, env=environment
        )


class _Raters:
    """Threads, one a rater, each of which sends its answers in turn, as often as it takes."""

    def __init__(self, study: Study, port: int, tokens: list[str], num_answers: int) -> None:
        self.study, self.port, self.tokens, self.num_answers = study, port, tokens, num_answers
        self.sent: dict[tuple[int, str], str] = {}
        self.num_again = 0
        self.lock = threading.Lock()

    def answer_all(self, sheet: int) -> None:
        """Send the answers of one rater; some a second time, with the other side chosen."""
        rng = random_stream(0, "rater", sheet)
        for trial in self.study.sheet(sheet)[: self.num_answers]:
            chosen = "left" if rng.random() < 0.5 else "right"
            self._send(sheet, trial, chosen)
            with self.lock:
                self.sent[sheet, trial] = chosen
            if rng.random() < _AGAIN:
                self._send(sheet, trial, "right" if chosen == "left" else "left")
                with self.lock:
                    self.num_again += 1

    def _send(self, sheet: int, trial: str, chosen: str) -> None:
        body = json.dumps({"trial": trial, "chosen": chosen, "response_ms": 1.0, "input": "simulated"}).encode()
        headers = {"Authorization": f"Bearer {self.tokens[sheet]}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/answers", body, headers)
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                    response.read()
                return
            except urllib.error.HTTPError as error:
                if error.code != 429:
                    raise
            except (OSError, EOFError):
                pass  # the server is away
            time.sleep(_PAUSE_S)


def answer_while_killed(study: Study, num_raters: int, num_answers: int, num_kills: int) -> Outcome:
    """Let raters answer, kill the server at equal shares of the answers, and compare its file with what was sent.

    Args:
        study: One block without limit of time, a sheet for each rater.
        num_raters: Who answer at once.
        num_answers: Of each.
        num_kills: How often the server is killed and started again.
    """
    start = time.monotonic()
    store = open_store(study)
    tokens = store.tokens()
    store.close()
    server = _Server(study)
    raters = _Raters(study, server.port, tokens, num_answers)
    threads = [threading.Thread(target=raters.answer_all, args=(sheet,)) for sheet in range(num_raters)]
    for thread in threads:
        thread.start()
    total = num_raters * num_answers
    marks = np.linspace(0, total, num_kills + 2)[1:-1]
    for mark in marks:
        while len(raters.sent) < mark and any(thread.is_alive() for thread in threads):
            time.sleep(_PAUSE_S / 10)
        server.kill()
    for thread in threads:
        thread.join()
    server.end()
    with closing(sqlite3.connect(study.folder / DATABASE)) as connection:
        rows = connection.execute("SELECT rater, trial, answer FROM answers").fetchall()
    kept = {(int(rater.rpartition("-")[2]), trial): json.loads(answer)["chosen"] for rater, trial, answer in rows}
    wrong = len(rows) - len(kept) + sum(raters.sent.get(key) != chosen for key, chosen in kept.items())
    lost = len(raters.sent.keys() - kept.keys()) + total - len(raters.sent)
    return Outcome(total, raters.num_again, len(marks), lost, wrong, time.monotonic() - start)
