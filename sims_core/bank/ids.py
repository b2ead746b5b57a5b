"""What the memory bank is made of by name: the ids of its photos and segments, as people type them."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from sims_core.base.errors import SimsError, nearest
from sims_core.formats.bank import BankReader, photo_of


def is_banned(segment_id: str, banned: frozenset[str]) -> bool:
    """Return whether a segment is banned, by its own id or by that of its photo."""
    return segment_id in banned or photo_of(segment_id) in banned


class BankIds:
    """The ids of a bank; those of segments are read when they are first asked for.

    Attributes:
        photos: Ids of all training photos, those without a segment included.
    """

    def __init__(self, bank: BankReader) -> None:
        self._bank = bank
        self.photos: frozenset[str] = frozenset(bank.manifest["photos"]) | frozenset(bank.manifest["skipped"])

    @cached_property
    def category_of(self) -> dict[str, str]:
        """The category name of each segment by its id."""
        return {
            segment_id: name
            for name in self._bank.categories
            for segment_id in self._bank.table(name).column("segment_id")
        }

    def check_known(self, ids: Collection[str], where: object) -> None:
        """Raise SimsError for the first id that is neither a photo's nor a segment's, naming the nearest."""
        for name in ids:
            if name not in self.photos and name not in self.category_of:
                raise SimsError(
                    where,
                    f"'{name}' is neither a photo nor a segment of the bank",
                    remedy=self.suggestion(name) or "`sims scenes show --split train` shows photos with their ids",
                )

    def suggestion(self, name: str) -> str | None:
        """Return "did you mean ...?" with the id closest to a misspelt one, or None when nothing is close."""
        photo, colon, component = name.rpartition(":")
        if not colon:
            close = nearest(name, self.photos)
        elif (known := photo if photo in self.photos else nearest(photo, self.photos)) is not None:
            # Comparing with every segment of a large bank would take long.
            of_photo = [segment_id for segment_id in self.category_of if photo_of(segment_id) == known]
            corrected = f"{known}:{component}"
            close = corrected if corrected in of_photo else nearest(corrected, of_photo) or known
        else:
            close = None
        return None if close is None else f"did you mean '{close}'?"

    def left(self, banned: frozenset[str]) -> dict[str, str]:
        """Return `category_of` without the segments that are banned themselves or by their photo."""
        return {segment_id: name for segment_id, name in self.category_of.items() if not is_banned(segment_id, banned)}

    def num_banned(self, banned: frozenset[str]) -> int:
        """Return how many segments are banned themselves or by their photo; reads no ids where nothing is."""
        return sum(is_banned(segment_id, banned) for segment_id in self.category_of) if banned else 0
