"""What a category is to the geometric rules, guessed from its name."""

from __future__ import annotations

from collections.abc import Sequence

from sims_core.datasets.class_tables import packaged_table
from sims_core.scenes.category_names import canonical_name
from sims_core.scenes.classes import Role
from sims_core.scenes.street_categories import CANONICAL


def guess_roles(names: Sequence[str]) -> list[Role]:
    """Return the role that known datasets give to categories of these names; `stuff` for other names."""
    known = {
        category.name: category.role
        for classes in (packaged_table("coco_stuff"), packaged_table("ade20k"), CANONICAL)
        for category in classes.categories
    }
    return [known.get(canonical_name(name) or name, Role.STUFF) for name in names]
