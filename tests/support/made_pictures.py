"""A folder of pictures in the place of made ones: mirrored validation photos, their left half said to be invented."""

import numpy as np

from sims_core.base.pictures import encode_png
from sims_core.layouts.files import write_layout


def write_mirrored(folder, reader):
    """Write images/, labels/ and origins/ of a reader's validation scenes, and return the folder."""
    for part in ("images", "labels", "origins"):
        (folder / part).mkdir()
    for scene in reader.scenes("val"):
        (folder / f"images/mirrored-{scene.scene_id}.png").write_bytes(encode_png(scene.photo[:, ::-1]))
        mirrored = np.ascontiguousarray(scene.labels[:, ::-1])
        write_layout(folder / f"labels/mirrored-{scene.scene_id}.png", mirrored, reader.classes)
        origins = np.ones(scene.labels.shape, np.uint8)
        origins[:, : origins.shape[1] // 2] = 0
        (folder / f"origins/mirrored-{scene.scene_id}.png").write_bytes(encode_png(origins))
    return folder
