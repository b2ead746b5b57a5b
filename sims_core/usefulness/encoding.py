"""A layout that is asked for -> its photographs as files of all forms: what a worker of `sims dataset make` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sims_core.base.files import opened_once
from sims_core.base.pictures import encode_png
from sims_core.composition.credits import Credits
from sims_core.layouts.files import encode_layout
from sims_core.scenes.classes import VOID, ClassTable
from sims_core.synthesis.control import Control
from sims_core.synthesis.synthesizer import Synthesizer
from sims_core.usefulness.asked import IMAGES, INSTANCES, LABELS, AskedLayout
from sims_core.usefulness.cityscapes import CityscapesIds
from sims_core.usefulness.coco import SegmentInfo, panoptic
from sims_core.usefulness.picture import LabelledPicture, labelled_picture

# A photograph of 128 x 256 takes 0.2 s of a processor, the import of torch and the opening of a project 3 s.
ITEMS_PER_WORKER = 16
PANOPTIC, LABEL_IDS, INSTANCE_IDS = "panoptic", "labelIds", "instanceIds"


@dataclass(frozen=True, kw_only=True)
class EncodedPicture:
    """A labelled picture as bytes.

    Attributes:
        layout: Name of its layout.
        variant: Its number among those of the layout.
        files: PNG bytes by what they are.
        segments: COCO's, where that form is wanted.
        facts: What the table says of it beside pictures, by column.
        credits: Of the picture.
    """

    layout: str
    variant: int
    files: dict[str, bytes]
    segments: list[SegmentInfo]
    facts: dict[str, Any]
    credits: Credits

    @property
    def name(self) -> str:
        """Of the picture's files: no two pictures of different layouts or variants share it."""
        return f"{self.layout}_v{self.variant}"


@dataclass(frozen=True, kw_only=True)
class PictureMaker:
    """Makes the photographs of layouts; can be pickled, and each process opens the project once.

    Attributes:
        project: Folder of the project.
        params: Its parameter file.
        num_variants: Photographs of each layout.
        control: What is kept from them.
        has_coco: Whether the panoptic form is wanted.
        cityscapes: The ids of that form, where it is wanted.
    """

    project: Path
    params: Path
    num_variants: int
    control: Control
    has_coco: bool
    cityscapes: CityscapesIds | None

    def __call__(self, asked: AskedLayout) -> list[EncodedPicture]:
        """Return the variants of a layout.

        Raises:
            SimsError: As `Synthesizer.retrieve`.
        """
        synthesizer = _open_synthesizer(self.project, self.params)
        classes = synthesizer.classes
        retrieved = synthesizer.retrieve_named(asked.name, *asked.unpacked(), asked.name, self.control)
        results = synthesizer.variants(retrieved, self.num_variants)
        return [
            self._encoded(asked.name, variant, labelled_picture(retrieved, result, classes), classes)
            for variant, result in enumerate(results)
        ]

    def _encoded(self, layout: str, variant: int, picture: LabelledPicture, classes: ClassTable) -> EncodedPicture:
        arrays: dict[str, Any] = {
            IMAGES: picture.photo,
            INSTANCES: picture.instances,
            "origins": picture.origins,
            "provenance": picture.provenance,
        }
        segments: list[SegmentInfo] = []
        if self.has_coco:
            arrays[PANOPTIC], segments = panoptic(picture.labels, picture.instances)
        if self.cityscapes is not None:
            arrays[LABEL_IDS] = self.cityscapes.label_ids(picture.labels)
            arrays[INSTANCE_IDS] = self.cityscapes.instance_ids(picture.labels, picture.instances)
        credits = [
            {key: credit[key] for key in ("photo", "licence", "share_of_pixels")}
            for credit in picture.credits["photos"]
        ]
        facts = {
            "layout": layout,
            "variant": variant,
            "categories": [int(value) for value in np.unique(picture.labels) if value != VOID],
            "sources": list(picture.sources),
            "credits": credits,
            "share_invented": picture.credits["share_invented"],
            "share_disagreeing": picture.share_disagreeing,
        }
        files = {name: encode_png(array) for name, array in arrays.items()}
        files[LABELS] = encode_layout(picture.labels, classes)
        files["implied"] = encode_layout(picture.implied, classes)
        return EncodedPicture(
            layout=layout, variant=variant, files=files, segments=segments, facts=facts, credits=picture.credits
        )


_open_synthesizer = opened_once(Synthesizer)
