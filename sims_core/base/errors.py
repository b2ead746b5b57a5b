"""One error type for everything a user can put right.

The command line and every stage print it as one line and exit with a non-zero code;
any other exception is a defect of this project and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

# Of a part of the message; a value of a file may be of any length.
_LONGEST_PART = 400


class SimsError(Exception):
    """A problem in the user's input, said in one line: where, what, expected, found, what to do."""

    def __init__(
        self,
        where: object,
        what: str,
        *,
        expected: object = None,
        found: object = None,
        remedy: str | None = None,
    ) -> None:
        parts = [f"{where}: {what}"]
        if expected is not None:
            parts.append(f"expected {expected}")
        if found is not None:
            parts.append(f"found {found}")
        message = ", ".join(_brief(part) for part in parts)
        if remedy is not None:
            message += f"; {remedy}"
        line = " ".join(message.split())
        # What a name or a file holds may be without a form on the screen, or move the cursor of a terminal.
        super().__init__("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line))

    def __reduce__(self) -> tuple[Callable[[str], SimsError], tuple[str]]:
        # Worker processes send errors by pickle, which would call the constructor with the message alone.
        return _with_message, (str(self),)


def _brief(part: str) -> str:
    return part if len(part) <= _LONGEST_PART else f"{part[:_LONGEST_PART]}..."


def few(values: Iterable[object], most: int = 3) -> str:
    """Return the first few of some values as a text: a, b, c, ..."""
    listed = [str(value) for value in values]
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")


Report = Callable[[SimsError], None]


def stop(error: SimsError) -> None:
    """Raise the error: what is done with a fault unless whoever looks wants to go on and list them all."""
    raise error


def _with_message(message: str) -> SimsError:
    return SimsError.__new__(SimsError, message)


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name closest to a misspelt one, or None when nothing is close."""
    matches = get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return matches[0] if matches else None
