"""The answers that a server collects: one SQLite file, in which an answer is safe once `save` has returned."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.study.answers import Answer

_SCHEMA = """
CREATE TABLE IF NOT EXISTS raters (token TEXT PRIMARY KEY, sheet INTEGER NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS answers (
    rater TEXT NOT NULL, trial TEXT NOT NULL, study TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (rater, trial)
);
"""
_TOKEN_BYTES = 16


class AnswerStore:
    """Raters' tokens and their answers; several threads and, one after the other, several servers may use it."""

    def __init__(self, path: Path, study_id: str, num_sheets: int) -> None:
        """Open the file, or make it with a token for each sheet.

        Raises:
            SimsError: It is no database, or holds answers to another study.
        """
        self._study_id = study_id
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            # Write-ahead log; an answer is on the disk, not only on its way there, when its transaction ends.
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)
            self._check_study(path)
            self._make_tokens(num_sheets)
        except sqlite3.Error as error:
            raise SimsError(path, "cannot be used for answers", found=error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def tokens(self) -> list[str]:
        """Return the raters' tokens in the order of their sheets."""
        return [row[0] for row in self._connection.execute("SELECT token FROM raters ORDER BY sheet")]

    def sheet_of(self, token: str) -> int | None:
        """Return the sheet of a rater, None for an unknown token."""
        with self._lock:
            row = self._connection.execute("SELECT sheet FROM raters WHERE token = ?", (token,)).fetchone()
        return None if row is None else int(row[0])

    def answered(self, rater: str) -> list[str]:
        """Return the ids of the trials that a rater has answered."""
        with self._lock:
            rows = self._connection.execute("SELECT trial FROM answers WHERE rater = ? ORDER BY trial", (rater,))
            return [row[0] for row in rows]

    def save(self, rater: str, answer: Answer) -> bool:
        """Write an answer to the disk; return False where this trial has the rater's answer: the first one stays."""
        with self._transaction() as connection:
            values = (rater, answer.trial, self._study_id, answer.model_dump_json())
            return connection.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)", values).rowcount == 1

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _check_study(self, path: Path) -> None:
        row = self._connection.execute("SELECT study FROM answers WHERE study <> ?", (self._study_id,)).fetchone()
        if row is not None:
            remedy = "move the file away"
            raise SimsError(
                path, "holds answers to another study", expected=self._study_id, found=row[0], remedy=remedy
            )

    def _make_tokens(self, num_sheets: int) -> None:
        with self._transaction() as connection:
            known = {row[0] for row in connection.execute("SELECT sheet FROM raters")}
            new = [(secrets.token_urlsafe(_TOKEN_BYTES), sheet) for sheet in range(num_sheets) if sheet not in known]
            connection.executemany("INSERT INTO raters VALUES (?, ?)", new)
