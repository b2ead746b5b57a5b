"""Which pictures of a folder are the photos and which the label maps, if there are several candidates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.errors import SimsError
from sims_core.base.picture_files import LOSSLESS_TYPES, stem_of
from sims_core.datasets.init.contents import codes_of, samples, wanted_labels
from sims_core.datasets.init.names import Kind, Named
from sims_core.datasets.pairing import Pairing, pair_up

UNDERSTOOD = "images/ beside labels/ or masks/, with train/ and val/ in or around them or neither; or a.jpg, a.png"
REMEDY = "see docs/tutorial.md; photo and label map have one stem"
_SEPARATOR = re.compile(r"[\W_]")


@dataclass(frozen=True)
class Choice:
    """Photos and the label maps that were chosen for them.

    Attributes:
        photos: The photos.
        labels: The label maps.
        end: What their stems have beyond those of photos.
        pairing: Which belong together.
    """

    photos: list[Path]
    labels: list[Path]
    end: str
    pairing: Pairing


def choose(root: Path, pictures: Sequence[Named], others: str = "") -> Choice:
    """Choose the photos and the label maps among pictures.

    Args:
        root: The folder, named in errors.
        pictures: The candidates.
        others: What else is in the folder, for errors.

    Raises:
        SimsError: There are none, none belong together, or several may be meant.
    """
    photos, labels = _tell_apart(root, pictures, others)
    # JPEGs alone are refused where they are read, unless they are others under the name of one.
    exact = [picture for picture in labels if picture.path.suffix.lower() in LOSSLESS_TYPES] or labels
    said = [picture.path for picture in photos if picture.kind is Kind.PHOTO]
    unsaid = [picture.path for picture in photos if picture.kind is None]
    best: Choice | None = None
    # What lies beside pictures that are said to be photos may be photos of other folders as well, or depth.
    for own in (said, said + unsaid, unsaid):
        if own and (best is None or best.pairing.lonely_labels):
            choice = _choose_labels(root, own, exact)
            better = best is None or len(choice.pairing.pairs) > len(best.pairing.pairs)
            best = choice if better else best
    assert best is not None  # noqa: S101
    if not best.pairing.pairs:
        best = _choose_together(photos, exact) or _choose_photos(root, photos, exact) or best
    if best.pairing.doubles:
        raise _two(root, *best.pairing.doubles[0], "has the name of the other")
    if not best.pairing.pairs:
        raise _no_partner(root, best)
    return best


def _tell_apart(root: Path, pictures: Sequence[Named], others: str) -> tuple[list[Named], list[Named]]:
    """Tell photos from label maps: by names, else as JPEG beside PNG of one stem, else by what they hold."""
    labels = [picture for picture in pictures if picture.kind is Kind.LABELS]
    photos = [picture for picture in pictures if picture.kind in (Kind.PHOTO, None)]
    if not labels or not photos:
        # A folder that is called `segmentation` may hold all of a dataset.
        open_ = [picture for picture in pictures if picture.kind is (Kind.LABELS if labels else None)]
        jpegs = {stem_of(p.path) for p in [*photos, *open_] if p.path.suffix.lower() not in LOSSLESS_TYPES}
        labels = [p for p in open_ if p.path.suffix.lower() in LOSSLESS_TYPES and stem_of(p.path) in jpegs]
        labels = labels or _flat(open_)
        chosen = {picture.path for picture in labels}
        photos = [picture for picture in [*photos, *open_] if picture.path not in chosen]
        photos = list({picture.path: picture for picture in photos}.values())
    if photos and labels:
        return photos, labels
    kinds = Counter(str(picture.kind) for picture in pictures if picture.kind in (Kind.INSTANCES, Kind.PREVIEW))
    seen = "".join(f", {number} of them {kind}" for kind, number in kinds.items())
    what = f"no {'photos' if not photos else 'label maps'} found among {len(pictures)} pictures{seen}"
    raise SimsError(root, what, expected=UNDERSTOOD, found=f"besides {others}" if others else None, remedy=REMEDY)


def _shelves(pictures: Sequence[Named]) -> list[list[Named]]:
    """Return pictures that are named alike together."""
    shelves: dict[tuple[str, str], list[Named]] = {}
    for picture in pictures:
        shelves.setdefault((picture.shelf, picture.end), []).append(picture)
    return list(shelves.values())


def _flat(pictures: Sequence[Named]) -> list[Named]:
    """Return the pictures of the shelves that hold label maps by their content."""
    flat = [own for own in _shelves(pictures) if all(codes_of(p.path) is not None for p in samples(own))]
    return [picture for own in flat for picture in own]


def _choose_labels(root: Path, photos: list[Path], labels: Sequence[Named]) -> Choice:
    """Choose among shelves of label maps."""
    best: Choice | None = None
    for shelf in _shelves(labels):
        files, end = [picture.path for picture in shelf], shelf[0].end
        choice = Choice(photos, files, end, pair_up(photos, files, end))
        if not choice.pairing.pairs and (end := _shared_end(photos, files)):
            choice = Choice(photos, files, end, pair_up(photos, files, end))
        if best is None or not best.pairing.pairs:
            best = choice
        elif choice.pairing.pairs:
            best = _better(root, best, choice)
    assert best is not None  # noqa: S101
    return best


def _shared_end(photos: Sequence[Path], labels: Sequence[Path]) -> str:
    """Return what the stem of each label map has beyond that of a photo, such as `_semantic`; "" where they differ."""
    stems, ends = {stem_of(path) for path in photos}, set()
    for stem in map(stem_of, labels):
        own = next((stem[:length] for length in range(len(stem), 0, -1) if stem[:length] in stems), stem)
        ends.add(stem.removeprefix(own))
    # "10" is another number than "1", and no label map of it.
    return ends.pop() if len(ends) == 1 and all(_SEPARATOR.match(end) for end in ends) else ""


def _better(root: Path, first: Choice, second: Choice) -> Choice:
    """Return which of two shelves holds the label maps, or both as one where they belong to different photos."""
    label_of = [dict(choice.pairing.pairs) for choice in (first, second)]
    both = sorted(label_of[0].keys() & label_of[1].keys())
    if not both and first.end == second.end:
        files = sorted(first.labels + second.labels)
        return Choice(first.photos, files, first.end, pair_up(first.photos, files, first.end))
    wanted = wanted_labels(label_of[0], label_of[1]) if both else None
    if wanted is None:
        one, other = (own[both[0]] if both else min(own.values()) for own in label_of)
        what = f"may be the label map of {both[0].name} as well" if both else "is named in another way"
        raise _two(root, one, other, what)
    return (first, second)[wanted]


def _choose_together(photos: Sequence[Named], labels: Sequence[Named]) -> Choice | None:
    """Choose all label maps of one ending: each scene may have a folder of its own, and all scenes the same names."""
    paths = [picture.path for picture in photos]
    for end in sorted({picture.end for picture in labels}):
        files = [picture.path for picture in labels if picture.end == end]
        choice = Choice(paths, files, end, pair_up(paths, files, end))
        if choice.pairing.pairs:
            return choice
    return None


def _choose_photos(root: Path, photos: Sequence[Named], labels: Sequence[Named]) -> Choice | None:
    """Choose the one shelf of photos that has label maps, where all photos together have none for want of one name."""
    choices = [_choose_labels(root, [picture.path for picture in shelf], labels) for shelf in _shelves(photos)]
    found = [choice for choice in choices if choice.pairing.pairs]
    if len(found) > 1:
        raise _two(root, found[0].pairing.pairs[0][0], found[1].pairing.pairs[0][0], "may be the photo as well")
    return found[0] if found else None


def _two(root: Path, first: Path, second: Path, what: str) -> SimsError:
    one, other = (path.relative_to(root).as_posix() for path in (first, second))
    return SimsError(
        root,
        f"beside {one}, {other} {what}",
        expected="one photo and one label map of a name",
        remedy="move what does not belong out of this folder; previews/ and instances/ are passed over",
    )


def _no_partner(root: Path, choice: Choice) -> SimsError:
    stems = {stem_of(path): path for path in choice.photos}
    namesakes = [path for path in sorted(choice.labels) if stem_of(path).removesuffix(choice.end) in stems]
    if namesakes:
        first = [path for path in namesakes if stem_of(path) == stem_of(namesakes[0])]
        return SimsError(
            root,
            f"{len(first)} label maps have the name of {stems[stem_of(first[0]).removesuffix(choice.end)].name}",
            expected="one for each photo",
            found=", ".join(path.relative_to(root).as_posix() for path in first[:2]),
            remedy="masks of single categories must be put together into one label map of values; " + REMEDY,
        )
    photo, found = min(choice.photos), min(choice.labels).name
    return SimsError(
        root,
        "no label map has the name of a photo",
        expected=f"for {photo.name} a label map {photo.stem}{choice.end}.png",
        found=found if found.isascii() and photo.name.isascii() else f"{found}, {found!a}",
        remedy=REMEDY,
    )
