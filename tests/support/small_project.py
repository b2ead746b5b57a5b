"""Makes the artifacts of a finished run by hand: three training photos, four validation layouts, 32 x 48 pixels."""

import csv
import json

import numpy as np

from sims_core.bank.extract import ExtractBankConfig, write_bank
from sims_core.base.files import write_json
from sims_core.base.pictures import write_png
from sims_core.formats.canvases import CANVASES, Canvas, canvas_row
from sims_core.formats.scenes import write_scenes
from sims_core.formats.synthesized import IMAGES
from sims_core.formats.tables import image_cell, write_table
from sims_core.scenes.classes import Category, ClassTable, Role
from sims_core.scenes.scene import Scene
from tests.support.artifacts import sign

HEIGHT_PX, WIDTH_PX = 32, 48
CLASSES = ClassTable(
    categories=(
        Category(name="road", colour=(128, 64, 128), role=Role.PLANAR),
        Category(name="sky", colour=(70, 130, 180), role=Role.STUFF),
        Category(name="car", colour=(0, 0, 142), role=Role.OBJECT),
        Category(name="boat", colour=(10, 90, 60), role=Role.OBJECT),  # in no photo
    )
)
VAL_IDS = ["val-a", "val-b", "val-c", "val-d"]
ROWS = ("real", "synthesized", "canvas", "inpainted", "nearest_photo")
TRAIN_IDS = ["train-a", "train-b", "train-c"]


def layout(shift_px=0):
    labels = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    labels[:14] = 1
    labels[12:24, 8 + shift_px : 28 + shift_px] = 2
    labels[-1] = 255
    return labels


def scene(scene_id, split, number):
    labels = layout(number)
    rng = np.random.default_rng(number)
    photo = (CLASSES.colourise(labels) // 2 + rng.integers(0, 90, labels.shape)[..., None]).astype(np.uint8)
    return Scene(scene_id=scene_id, split=split, photo=photo, labels=labels, licence=f"licence {number}")


def canvas(number):
    labels = layout(number)
    provenance = np.zeros(labels.shape, np.uint16)
    provenance[labels == 1] = 1
    provenance[labels == 2] = 2
    photo_ids = [TRAIN_IDS[number % 3], TRAIN_IDS[(number + 1) % 3]]
    return Canvas(
        canvas=CLASSES.colourise(np.where(provenance > 0, labels, 255).astype(np.uint8)),
        known=provenance > 0,
        provenance=provenance,
        components=[1, 2],
        segment_ids=[f"{photo}:0001" for photo in photo_ids],
        photo_ids=photo_ids,
        licences=[f"licence of {photo}" for photo in photo_ids],
        implied_layout=labels,
    )


def write_data(root):
    """Write data/scenes, data/bank, data/canvases and data/synthesized."""
    scenes = [scene(name, "train", n) for n, name in enumerate(TRAIN_IDS)]
    scenes += [scene(name, "val", n) for n, name in enumerate(VAL_IDS)]
    write_scenes(root / "data/scenes", CLASSES, scenes)
    config = ExtractBankConfig(grid_height=16, grid_width=24, context_enlargement=0.25)
    write_bank(root / "data/bank", root / "data/scenes", config)
    rows = [canvas_row(name, 0, canvas(n)) for n, name in enumerate(VAL_IDS)]
    write_table(root / "data/canvases", "canvases", CANVASES, rows, "canvases")
    images = [
        {"scene_id": s.scene_id, "variant": 0, "image": image_cell(s.photo[:, ::-1])}
        for s in scenes
        if s.split == "val"
    ]
    write_table(root / "data/synthesized", "images", IMAGES, images, "synthesized")


def write_results(root):
    """Write data/evaluation, data/plots and metrics as the evaluation and the trainings do."""
    scores = [0.5, 0.9, 0.2, 0.7]
    write_csv(
        root / "data/evaluation/per_image.csv",
        ["scene_id", "mean_iou_real", "mean_iou_synthesized", "pixel_accuracy_synthesized"],
        [[name, 0.95, score, score / 2] for name, score in zip(VAL_IDS, scores, strict=True)],
    )
    write_csv(
        root / "data/plots/evaluation/spectrum.csv",
        ["radius", "cycles_per_pixel", *ROWS],
        [[r, r / HEIGHT_PX, *((1 - 0.1 * row) / r for row in range(len(ROWS)))] for r in range(1, 17)],
    )
    write_csv(
        root / "data/plots/evaluation/per_category_iou.csv",
        ["category", *ROWS],
        [["road", 0.9, 0.8, 0.5, 0.6, 0.7], ["sky", 0.95, 0.9, 0.7, 0.8, 0.9], ["car", 0.6, 0.4, 0.4, 0.3, 0.1]],
    )
    for row in ROWS:
        write_png(root / f"data/evaluation/mean_spectrum/{row}.png", layout() * 60)
    synthesis = root / "data/plots/synthesis"
    for phase, num_points in ((synthesis, 30), (synthesis / "64", 6)):
        for curve in ("train/loss", "train/pixel", "val/loss", "val/pixel"):
            write_curve(phase / f"plots/metrics/{curve}.tsv", num_points)
    (root / "data/plots/perceptual").mkdir()  # nothing was trained
    sign(root / "data/evaluation", "evaluate")
    content = {
        "mean_iou": dict(zip(ROWS, (0.8, 0.61, 0.5, 0.55, 0.4), strict=True)),
        "spectrum_distance": dict(zip(ROWS[1:], (0.1, 1.2, 0.4, 0.05), strict=True)),
        "protocol": {"num_images": 4, "ignore": "void"},
    }
    write_json(root / "metrics/figures/synthesis.json", content)
    intervals = {"mean_iou": {"synthesized": {"low": 0.5, "high": 0.7}}}
    write_json(
        root / "metrics/figures/synthesis_intervals.json", {"intervals": intervals, "differences": {}, "protocol": {}}
    )
    write_json(root / "metrics/figures/prepare.json", {"dataset": "a <dataset>", "num_train": 3, "num_val": 4})
    training = {"num_steps": 30, "kept_step": 20, "num_parameters": 1234, "final_losses": {"loss": 0.25}}
    write_json(root / "metrics/figures/train_synthesis.json", training | {"validation_losses": {"loss": 0.5}})


def write_curve(path, num_points):
    """Write a curve as dvclive does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"step\t{path.stem}\n" + "".join(f"{step}\t{1 / (1 + step)}\n" for step in range(num_points)))


def write_csv(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def edit_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
