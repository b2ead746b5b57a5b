"""`sims dataset make`: layouts -> a labelled dataset, in one folder that appears whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sims_core.base.errors import SimsError, few, nearest
from sims_core.base.files import atomic_folder
from sims_core.base.parallel import parallel_map
from sims_core.formats.bank import BankReader
from sims_core.synthesis.control import Control
from sims_core.synthesis.pack import BankPhoto, bank_credits
from sims_core.synthesis.synthesizer import Synthesizer
from sims_core.usefulness.asked import AskedLayout
from sims_core.usefulness.card import dataset_card
from sims_core.usefulness.cityscapes import cityscapes_ids
from sims_core.usefulness.encoding import ITEMS_PER_WORKER, PictureMaker
from sims_core.usefulness.forms import Form
from sims_core.usefulness.writing import DatasetCredits, DatasetPlan, DatasetWriter


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be made.

    Attributes:
        project: Folder of a finished project.
        params: Its parameter file.
        layouts: What is asked for, at least one; no two of one name.
        about: Where the layouts come from, in words, for the card.
        num_variants: Photographs of each layout.
        control: What is kept from all of them.
        forms: What is written beside the folders.
    """

    project: Path
    params: Path
    layouts: Sequence[AskedLayout]
    about: str
    num_variants: int
    control: Control
    forms: frozenset[Form]


def make_dataset(order: Order, synthesizer: Synthesizer, out: Path) -> DatasetCredits:
    """Make the photographs of layouts over workers, and write them with their labels.

    The same order gives the same bytes, whatever the number of workers.

    Args:
        order: What is to be made.
        synthesizer: Of the order's project.
        out: The folder; new or empty.

    Returns:
        Whose photos the pictures show.

    Raises:
        SimsError: `out` holds something, or a form cannot have the categories; nothing is written then.
    """
    check_new(out)
    ids = cityscapes_ids(synthesizer.classes) if Form.CITYSCAPES in order.forms else None
    plan = DatasetPlan(classes=synthesizer.classes, frame=synthesizer.frame, forms=order.forms, cityscapes=ids)
    maker = PictureMaker(
        project=order.project,
        params=order.params,
        num_variants=order.num_variants,
        control=order.control,
        has_coco=Form.COCO in order.forms,
        cityscapes=ids,
    )
    with atomic_folder(out) as temporary:
        writer = DatasetWriter(temporary, plan)
        for pictures in parallel_map(maker, order.layouts, "make pictures", ITEMS_PER_WORKER):
            for picture in pictures:
                writer.add(picture)
        credits = writer.close()
        has_instances = any(layout.instances is not None for layout in order.layouts)
        card = dataset_card(out.absolute().name, order.about, plan, credits, has_instances=has_instances)
        (temporary / "README.md").write_text(card, encoding="utf-8")
    return credits


def check_new(out: Path) -> None:
    """Raise SimsError when a folder that is to be written holds something."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SimsError(out, "is there already", expected="a new or empty folder", remedy="name another with -o")


def photos_of_licences(bank: BankReader, licences: Sequence[str]) -> frozenset[str]:
    """Return the ids of a bank's photos that have one of some licences.

    Raises:
        SimsError: No photo has one of them.
    """
    photos: list[BankPhoto] = bank_credits(bank)["photos"] if licences else []
    known = sorted({photo["licence"] for photo in photos})
    for licence in licences:
        if licence not in known:
            raise SimsError(
                f"--ban-licence '{licence}'",
                "no photo of the bank has this licence",
                expected=f"one of: {few((f'{name!r}' for name in known), 5)}",
                remedy=f"perhaps '{near}'" if (near := nearest(licence, known)) else None,
            )
    return frozenset(photo["photo"] for photo in photos if photo["licence"] in licences)
