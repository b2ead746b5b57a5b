"""README.md of a dataset: what it is, what its labels say, whose photos it shows; with the header that hubs read."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from sims_core.usefulness.forms import Form
from sims_core.usefulness.picture import ORIGINS
from sims_core.usefulness.writing import DatasetCredits, DatasetPlan

# Hugging Face's names, each with the number of pictures below which it holds.
_SIZES = {"n<1K": 1_000, "1K<n<10K": 10_000, "10K<n<100K": 100_000, "100K<n<1M": 1_000_000}


def dataset_card(title: str, layouts: str, plan: DatasetPlan, credits: DatasetCredits, *, has_instances: bool) -> str:
    """Return the card as Markdown with a YAML header.

    Args:
        title: Of the dataset, one line.
        layouts: Where the layouts come from, in words.
        plan: What the dataset is.
        credits: Whose photos it shows.
        has_instances: Whether the layouts had instances; else a connected component counts as one.
    """
    text = (files("sims_core.usefulness") / "card.md.j2").read_text(encoding="utf-8")
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    said = (
        "As annotated; where nobody did, a connected component is one"
        if has_instances
        else "Nobody annotated them: a connected component is one, so that objects that touch count as one"
    )
    return environment.from_string(text).render(
        title=title,
        layouts=layouts,
        frame=plan.frame,
        size=next((name for name, most in _SIZES.items() if credits["num_pictures"] < most), "1M<n<10M"),
        origins=", ".join(f"{value} = {meaning}" for value, meaning in ORIGINS.items()),
        instances=said,
        credits=credits,
        classes=plan.classes,
        cityscapes=plan.cityscapes,
        has_coco=Form.COCO in plan.forms,
        has_parquet=Form.PARQUET in plan.forms,
    )
