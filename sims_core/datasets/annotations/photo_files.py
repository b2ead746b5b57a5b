"""Which file is the photo that annotations name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from sims_core.base.errors import SimsError
from sims_core.base.picture_files import PICTURE_TYPES, composed
from sims_core.datasets.annotations.documents import files_below
from sims_core.datasets.annotations.label_studio import uploaded_name
from sims_core.datasets.annotations.regions import AnnotatedPhoto

_REMEDY = "put the photos below the dataset's folder, under the names that the annotations have for them"


class PhotoFiles:
    """The pictures below a folder, by name."""

    def __init__(self, root: Path) -> None:
        self._by_name: dict[str, list[Path]] = {}
        for suffix in PICTURE_TYPES:
            for path in files_below(root, suffix):
                self._by_name.setdefault(composed(path.name), []).append(path)

    def find(self, photo: AnnotatedPhoto) -> Path:
        """Return the file of a photo.

        Of several of one name the one is taken that lies in the folders which the annotations name, or in one called
        as the split is, or beside the annotations.

        Raises:
            SimsError: There is none, or there are several.
        """
        parts = tuple(map(composed, PurePosixPath(photo.name).parts))
        found = self._by_name.get(parts[-1]) or self._by_name.get(uploaded_name(parts[-1])) or []
        scores = [_score(path, parts, photo) for path in found]
        best = [path for path, score in zip(found, scores, strict=True) if score == max(scores)]
        if len(best) == 1:
            return best[0]
        if best:
            raise SimsError(
                photo.where,
                f"{photo.name} may be {best[0]} or {best[1]}",
                expected="one photo of a name in a split",
                remedy="move the other away, or rename it",
            )
        raise SimsError(photo.where, f"photo {photo.name} not found", remedy=_REMEDY)


def _score(path: Path, parts: tuple[str, ...], photo: AnnotatedPhoto) -> tuple[int, bool, bool]:
    own = tuple(map(composed, path.parts))
    num_shared = 1
    while num_shared < min(len(own), len(parts)) and own[-num_shared - 1] == parts[-num_shared - 1]:
        num_shared += 1
    return num_shared, photo.subset in own, path.parent == photo.where.parent
