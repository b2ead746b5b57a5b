"""What `sims synthesize` leaves behind: photographs with credits, and what is needed to decide otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sims_core.base.csv_files import write_csv
from sims_core.base.files import write_json
from sims_core.base.parallel import progress_bar
from sims_core.base.pictures import write_png
from sims_core.drawing.artifact_sheets import candidates_sheet, result_tiles, results_grid
from sims_core.drawing.contact_sheet import Tile, provenance_picture
from sims_core.formats.bank import BankReader
from sims_core.formats.canvases import Canvas
from sims_core.scenes.classes import ClassTable
from sims_core.synthesis.components import COLUMNS, component_rows, components_picture
from sims_core.synthesis.control import Control
from sims_core.synthesis.synthesizer import RetrievedLayout, SynthesisResult, Synthesizer

_NUM_CANDIDATES_SHOWN = 5


def synthesize_files(
    layouts: Iterable[tuple[Path, NDArray[np.uint8]]],
    num_layouts: int,
    synthesizer: Synthesizer,
    folder: Path,
    control: Control,
    num_variants: int,
    has_candidates: bool,
) -> str:
    """Synthesise many layouts into one folder and return a line about them.

    FOLDER/NAME.png is the photograph of the layout NAME.png, so that the folder can be scored as it is; what
    `write_synthesis` writes beside it lies in FOLDER/sources.

    Args:
        layouts: The file of each layout, for its name, and the layout: (H, W) uint8 of the project's frame, 255 = void.
        num_layouts: How many.
        synthesizer: The project.
        folder: Where to write.
        control: Decisions that hold for all layouts.
        num_variants: Of each layout, at least 1.
        has_candidates: Whether to write the candidates' pictures.
    """
    sources = folder / "sources"
    with progress_bar() as progress:
        task = progress.add_task("synthesize", total=num_layouts, note="")
        for path, labels in layouts:
            retrieved = synthesizer.retrieve(labels, path, control)
            beside = sources / path.name
            results = synthesizer.variants(retrieved, num_variants)
            write_synthesis(folder / path.name, retrieved, results, synthesizer.classes, beside)
            if has_candidates:
                write_candidates(beside, retrieved, synthesizer.bank, synthesizer.classes)
            progress.advance(task)
    return f"{folder}: {num_layouts} photographs; {sources}: the sources and credits of each"


def write_synthesis(
    out: Path, retrieved: RetrievedLayout, results: Iterable[SynthesisResult], classes: ClassTable, beside: Path
) -> list[str]:
    """Write the variants of a layout and return a line about each picture.

    Beside OUT.png lie OUT.provenance.png, OUT.credits.json, OUT.components.png and .csv; of further variants
    OUT.variant1.png, ... with their credits, and all of them on the contact sheet OUT.variants.png.

    Args:
        out: The first variant's photograph.
        retrieved: The layout and its candidates.
        results: Its variants in order, at least one; each is written as soon as it is there.
        classes: The class table.
        beside: What stands for OUT in the names of all other files; usually `out` too.
    """
    colours = classes.colourise(retrieved.layout.labels)
    lines: list[str] = []
    canvases: list[Canvas] = []
    tiles: list[Tile] = []
    for variant, result in enumerate(results):
        name = beside if variant == 0 else beside.with_suffix(f".variant{variant}.png")
        path = out if variant == 0 else name
        credit = result.credits
        write_png(path, result.photo)
        write_json(name.with_suffix(".credits.json"), credit)
        if variant == 0:
            sources = provenance_picture(result.provenance, result.canvas.photo_ids)
            write_png(beside.with_suffix(".provenance.png"), sources)
        lines.append(
            f"{path}: from {len(credit['photos'])} photos, {credit['share_invented']:.0%} of the pixels invented"
        )
        tiles += result_tiles(colours, result.canvas, result.photo, f"variant {variant}")
        canvases.append(result.canvas)
    write_png(beside.with_suffix(".components.png"), components_picture(retrieved, classes))
    write_csv(beside.with_suffix(".components.csv"), COLUMNS, component_rows(retrieved, canvases, classes))
    lines[0] += "; see " + ", ".join(
        beside.with_suffix(suffix).name
        for suffix in (".provenance.png", ".credits.json", ".components.png", ".components.csv")
    )
    if len(canvases) > 1:
        sheet = beside.with_suffix(".variants.png")
        write_png(sheet, results_grid(tiles, 3, f"{out.stem}: {len(canvases)} variants"))
        lines.append(f"{sheet}: all of them")
    return lines


def write_candidates(out: Path, retrieved: RetrievedLayout, bank: BankReader, classes: ClassTable) -> str:
    """Write OUT.candidates.png, pictures of the best candidates of each component; return a line about it."""
    sheet = out.with_suffix(".candidates.png")
    write_png(sheet, candidates_sheet(bank, classes, retrieved.matches, _NUM_CANDIDATES_SHOWN))
    return f"{sheet}: the {_NUM_CANDIDATES_SHOWN} best candidates of each component"
