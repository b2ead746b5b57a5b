"""A finished project of streets -> a photograph of a layout painted here, and whose photos it is made of.

python examples/first_photograph.py project.zip street.png

The project is a file of `sims project pack`, or the folder in which `dvc repro` has finished.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from sims_core import SimsError, Synthesizer

# Categories from back to front; their boxes are top, left, bottom, right as shares of height and width.
PAINTED = {
    "sky": (0.0, 0.0, 0.5, 1.0),
    "building": (0.1, 0.0, 0.55, 0.4),
    "road": (0.5, 0.0, 1.0, 1.0),
    "sidewalk": (0.55, 0.0, 0.7, 0.3),
    "car": (0.42, 0.55, 0.75, 0.85),
}


def main(project: str, out: str) -> None:
    """Write OUT.png and, beside it, OUT.credits.json."""
    synthesizer = Synthesizer(project)
    height, width = synthesizer.frame
    layout = np.zeros((height, width), dtype=np.uint8)
    for category, (top, left, bottom, right) in PAINTED.items():
        box = slice(int(top * height), int(bottom * height)), slice(int(left * width), int(right * width))
        layout[box] = synthesizer.classes.names.index(category)
    result = synthesizer.synthesize(layout)
    Image.fromarray(result.photo).save(out)
    Path(out).with_suffix(".credits.json").write_text(json.dumps(result.credits, indent=2))
    for source in result.credits["photos"]:
        print(f"{source['share_of_pixels']:6.1%} of the pixels from {source['photo']} ({source['licence']})")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except SimsError as error:
        sys.exit(f"error: {error}")
