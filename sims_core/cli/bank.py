"""`sims bank`: the memory bank to pictures of its segments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sims_core.base.files import check_png_name
from sims_core.cli.options import Project

commands = typer.Typer(help="The memory bank of photo segments.", no_args_is_help=True)


@commands.command("show", epilog="Example: sims bank show --category 'traffic light' -o lights.png")
def show(
    category: Annotated[str | None, typer.Option(help="Only this category; all of them by default.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="The picture to write (PNG).")] = Path("bank.png"),
    project: Project = Path(),
) -> None:
    """Make a contact sheet of the segments in the memory bank."""
    from sims_core.base.pictures import write_png
    from sims_core.drawing.bank_sheet import bank_sheet
    from sims_core.formats.bank import BankReader

    check_png_name(out)
    bank = BankReader(project / "data" / "bank")
    if category is None:
        sheet = bank_sheet(bank, bank.categories, num_per_category=8)
    else:
        sheet = bank_sheet(bank, [category], num_per_category=64)
    write_png(out, sheet)
    typer.echo(f"{out}: {sheet.shape[1]} x {sheet.shape[0]} px")
