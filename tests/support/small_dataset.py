"""A good folder of photos and label maps, small, to which one fault at a time is added."""

import struct
import zlib

import numpy as np
from PIL import Image
from ruamel.yaml import YAML

from sims_core.base.presets import compose_preset
from sims_core.datasets.settings import PrepareConfig
from tests.support.project import ROOT

HEIGHT_PX, WIDTH_PX = 48, 64
NUM_TRAIN, NUM_VAL = 6, 3
CLASS_TABLE = """categories:
  - {name: ground, colour: [10, 20, 30], role: planar}
  - {name: wall, colour: [90, 90, 90], role: stuff}
  - {name: thing, colour: [200, 0, 0], role: object}
"""


def photo(number, height_px=HEIGHT_PX, width_px=WIDTH_PX):
    """Smooth noise of its own for each number, so that no two photos are alike."""
    coarse = np.random.default_rng(number).integers(20, 235, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width_px, height_px), Image.Resampling.BICUBIC))


def label_map(number):
    """Wall above ground with a thing that moves, a line of void at the bottom."""
    labels = np.ones((HEIGHT_PX, WIDTH_PX), np.uint8)
    labels[20:] = 0
    labels[15:32, 5 + 4 * number : 21 + 4 * number] = 2
    labels[-1] = 255
    return labels


def write_folder(root):
    """Write photos/{train,val}/*.png, labels/{train,val}/*.png and classes.yaml."""
    for split, numbers in (("train", range(NUM_TRAIN)), ("val", range(NUM_TRAIN, NUM_TRAIN + NUM_VAL))):
        for number in numbers:
            save(root / f"photos/{split}/{split}{number}.png", photo(number))
            save(root / f"labels/{split}/{split}{number}.png", label_map(number))
    (root / "classes.yaml").write_text(CLASS_TABLE)


def save(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def source(root, **changes):
    places = [(split, kind) for split in ("train", "val") for kind in ("photos", "labels")]
    patterns = {f"{split}_{kind}": f"{kind}/{split}/*.png" for split, kind in places}
    common = {"dataset": "folder", "root": str(root), "classes": "classes.yaml", "encoding": "ids", "licence": "mine"}
    return common | patterns | changes


def config(root, height_px=HEIGHT_PX, width_px=WIDTH_PX, **changes):
    return PrepareConfig.model_validate(
        {"height_px": height_px, "width_px": width_px, "source": source(root, **changes)}
    )


def write_params(path, root, **changes):
    """Write the tiny preset with the folder as its dataset."""
    yaml = YAML()
    content = yaml.load(compose_preset(ROOT / "presets/tiny.yaml"))
    content["prepare"] = {"height_px": HEIGHT_PX, "width_px": WIDTH_PX, "source": source(root, **changes)}
    content["synthesis"]["resolutions"] = [HEIGHT_PX]
    with path.open("w") as file:
        yaml.dump(content, file)


def header_of_png(width_px, height_px):
    """A PNG of which there is little more than a header, so that a huge one costs nothing."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)

    end = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + content + struct.pack(">I", zlib.crc32(content)) + end
