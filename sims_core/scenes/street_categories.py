"""The street categories that datasets share: the class table that others are translated to."""

from __future__ import annotations

from sims_core.scenes.classes import Category, ClassTable, Role

# Cityscapes' 19 training categories in their order and colours.
CANONICAL = ClassTable(
    categories=(
        Category(name="road", colour=(128, 64, 128), role=Role.PLANAR),
        Category(name="sidewalk", colour=(244, 35, 232), role=Role.PLANAR),
        Category(name="building", colour=(70, 70, 70), role=Role.STUFF),
        Category(name="wall", colour=(102, 102, 156), role=Role.STUFF),
        Category(name="fence", colour=(190, 153, 153), role=Role.STUFF),
        Category(name="pole", colour=(153, 153, 153), role=Role.THIN),
        Category(name="traffic light", colour=(250, 170, 30), role=Role.THIN),
        Category(name="traffic sign", colour=(220, 220, 0), role=Role.THIN),
        Category(name="vegetation", colour=(107, 142, 35), role=Role.FOLIAGE),
        Category(name="terrain", colour=(152, 251, 152), role=Role.PLANAR),
        Category(name="sky", colour=(70, 130, 180), role=Role.STUFF),
        Category(name="person", colour=(220, 20, 60), role=Role.OBJECT),
        Category(name="rider", colour=(255, 0, 0), role=Role.OBJECT),
        Category(name="car", colour=(0, 0, 142), role=Role.OBJECT),
        Category(name="truck", colour=(0, 0, 70), role=Role.OBJECT),
        Category(name="bus", colour=(0, 60, 100), role=Role.OBJECT),
        Category(name="train", colour=(0, 80, 100), role=Role.OBJECT),
        Category(name="motorcycle", colour=(0, 0, 230), role=Role.OBJECT),
        Category(name="bicycle", colour=(119, 11, 32), role=Role.OBJECT),
    )
)
SKY = CANONICAL.names.index("sky")
