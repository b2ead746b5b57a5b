"""Scenes written as the datasets are downloaded: the same folders, names, types and encodings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from ruamel.yaml import YAML
from scipy.io import savemat

from sims_core.datasets.class_tables import TABLES, packaged_table
from sims_core.datasets.load import load_dataset
from sims_core.datasets.settings import PrepareConfig
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.scenes.classes import VOID
from sims_core.scenes.scene import Scene, Split

HEIGHT, WIDTH = 64, 128
CITIES = {"train": "aachen", "val": "frankfurt"}
# Of every official aachen camera file.
BASELINE_M, FOCAL_LENGTH_PX = 0.209313, 2262.52
TRAIN_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
THINGS = range(11, 19)


@dataclass(frozen=True)
class Expected:
    """What an adapter must give back for a scene."""

    split: str
    labels: NDArray[np.uint8]
    instances: NDArray[np.uint16] | None = None
    depth_m: NDArray[np.float32] | None = None
    coarse_labels: NDArray[np.uint8] | None = None


def save(path: Path, picture: NDArray[Any], **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **options)


def write_cityscapes(
    root: Path, scenes: list[Scene], truth: str = "gtFine", extra: bool = False
) -> dict[str, Expected]:
    """Photos, label and instance ids, disparity and cameras; `extra` puts the training scenes into train_extra."""
    expected = {}
    for number, scene in enumerate(scenes):
        assert scene.instances is not None
        assert scene.depth_m is not None
        folder = "train_extra" if extra and scene.split == "train" else scene.split
        frame = f"{CITIES[scene.split]}_{number:06d}_{19 + number:06d}"
        place = f"{folder}/{CITIES[scene.split]}/{frame}"
        save(root / f"leftImg8bit/{place}_leftImg8bit.png", scene.photo)
        ids = np.where(scene.labels == VOID, 1, np.array([*TRAIN_IDS, *[0] * 237])[scene.labels]).astype(np.uint8)
        save(root / f"{truth}/{place}_{truth}_labelIds.png", ids)
        single = np.isin(scene.labels, THINGS) & (scene.instances > 0)
        instance_ids = np.where(single, ids.astype(np.uint16) * 1000 + scene.instances, ids).astype(np.uint16)
        save(root / f"{truth}/{place}_{truth}_instanceIds.png", instance_ids)
        disparity = np.round(BASELINE_M * FOCAL_LENGTH_PX / scene.depth_m * 256 + 1)
        stored = np.where(np.isinf(scene.depth_m), 0, np.clip(disparity, 0, 32256)).astype(np.uint16)
        save(root / f"disparity/{place}_disparity.png", stored)
        camera = root / f"camera/{place}_camera.json"
        camera.parent.mkdir(parents=True, exist_ok=True)
        camera.write_text(
            json.dumps({"extrinsic": {"baseline": BASELINE_M}, "intrinsic": {"fx": FOCAL_LENGTH_PX, "fy": 2265.3}})
        )
        with np.errstate(divide="ignore"):
            depth_m = np.where(stored > 1, BASELINE_M * FOCAL_LENGTH_PX * 256 / (stored - 1.0), 0).astype(np.float32)
        instances = np.where(single, instance_ids, 0).astype(np.uint16)
        expected[frame] = Expected(scene.split, scene.labels, instances, depth_m)
    return expected


def write_coarse(root: Path, scenes: list[Scene]) -> dict[str, NDArray[np.uint8]]:
    """gtCoarse label ids beside what `write_cityscapes` wrote: 3 pixels along every border are unpainted, label 0."""
    expected = {}
    for number, scene in enumerate(scenes):
        frame = f"{CITIES[scene.split]}_{number:06d}_{19 + number:06d}"
        window = cv2.erode(scene.labels, np.ones((7, 7))) == cv2.dilate(scene.labels, np.ones((7, 7)))
        coarse = np.where(window, scene.labels, VOID).astype(np.uint8)
        ids = np.array([*TRAIN_IDS, *[0] * 237], np.uint8)[coarse]
        save(root / f"gtCoarse/{scene.split}/{CITIES[scene.split]}/{frame}_gtCoarse_labelIds.png", ids)
        expected[frame] = coarse
    return expected


def write_nyu(root: Path, scenes: list[Scene]) -> dict[str, Expected]:
    """The three .mat files; scenes of 60x80 are enlarged to 480x640. Name n of 894 is category n modulo 40."""
    root.mkdir(parents=True, exist_ok=True)
    num_frames = len(scenes)
    with h5py.File(root / "nyu_depth_v2_labeled.mat", "w") as file:
        images = file.create_dataset("images", (num_frames, 3, 640, 480), np.uint8)
        labels = file.create_dataset("labels", (num_frames, 640, 480), np.uint16)
        instances = file.create_dataset("instances", (num_frames, 640, 480), np.uint8)
        depths = file.create_dataset("depths", (num_frames, 640, 480), np.float32)
        names = file.create_dataset("names", (1, 894), h5py.ref_dtype)
        for number in range(894):
            text = file.create_dataset(
                f"#refs#/{number}", data=np.array([[ord(c)] for c in f"name {number}"], np.uint16)
            )
            names[0, number] = text.ref
        expected = {}
        for index, scene in enumerate(scenes):
            assert scene.instances is not None
            assert scene.depth_m is not None
            raw = np.where(scene.labels == VOID, 0, scene.labels + 1 + 40 * (scene.labels % 2)).astype(np.uint16)
            depth_m = np.where(np.isinf(scene.depth_m), 9.5, scene.depth_m).astype(np.float32)
            # MATLAB has height x width x 3 x photos; HDF5 reverses the axes.
            images[index] = enlarge(scene.photo).transpose(2, 1, 0)
            labels[index] = enlarge(raw).T
            instances[index] = enlarge(scene.instances).T
            depths[index] = enlarge(depth_m).T
            instance_ids = np.where(scene.labels == VOID, 0, scene.instances)
            valid = (slice(44, 471), slice(40, 601))
            expected[f"nyu_{index + 1:04d}"] = Expected(
                scene.split, enlarge(scene.labels)[valid], enlarge(instance_ids)[valid], enlarge(depth_m)[valid]
            )
    of_split = {s: [[n] for n, scene in enumerate(scenes, start=1) if scene.split == s] for s in ("train", "val")}
    savemat(root / "splits.mat", {"trainNdxs": np.array(of_split["train"]), "testNdxs": np.array(of_split["val"])})
    savemat(root / "classMapping40.mat", {"mapClass": (np.arange(894)[None] % 40 + 1).astype(np.float64)})
    return expected


def enlarge(array: NDArray[Any]) -> NDArray[Any]:
    return array.repeat(8, axis=0).repeat(8, axis=1)


def write_ade20k(root: Path, scenes: list[Scene]) -> dict[str, Expected]:
    """JPEG photos, label maps 0 = other and 1..150, sceneCategories.txt: streets, and every third a bedroom."""
    expected = {}
    lines = []
    for number, scene in enumerate(scenes, start=1):
        name = f"ADE_{scene.split}_{number:08d}"
        folder = {"train": "training", "val": "validation"}[scene.split]
        save(root / f"images/{folder}/{name}.jpg", scene.photo)
        labels = np.where(scene.labels == VOID, VOID, scene.labels.astype(int) * 8 + 5).astype(np.uint8)
        save(root / f"annotations/{folder}/{name}.png", np.where(labels == VOID, 0, labels + 1).astype(np.uint8))
        lines.append(f"{name} {'bedroom' if number % 3 == 0 else 'street'}\n")
        expected[name] = Expected(scene.split, labels)
    (root / "sceneCategories.txt").write_text("".join(lines))
    return expected


def write_coco_stuff(root: Path, scenes: list[Scene]) -> dict[str, Expected]:
    """JPEG photos, label maps of label - 1, and instances as polygons around pixel runs, crowds as run lengths."""
    # Categories 80..98 are stuff, 0..7 things; none comes near an unused label by chance.
    labels_of = [*range(92, 92 + 11), 1, 2, 3, 8, 6, 7, 4, 13]
    categories_of = [*range(80, 80 + 11), 0, 1, 2, 7, 5, 6, 3, 11]
    expected = {}
    annotations: dict[str, list[dict[str, Any]]] = {"train": [], "val": []}
    for number, scene in enumerate(scenes, start=1):
        assert scene.instances is not None
        name = f"{number:012d}"
        save(root / f"images/{scene.split}2017/{name}.jpg", scene.photo)
        labels = np.array([*categories_of, *[VOID] * 237], np.uint8)[scene.labels]
        stored = np.array([*[label - 1 for label in labels_of], *[VOID] * 237], np.uint8)[scene.labels]
        save(root / f"annotations/{scene.split}2017/{name}.png", stored)
        instances = np.zeros(labels.shape, np.uint16)
        for place, instance in enumerate(np.unique(scene.instances[(scene.instances > 0) & (labels != VOID)]), start=1):
            mask = (scene.instances == instance) & (labels != VOID)
            instances[mask] = place
            (label,) = np.unique(stored[mask])
            annotations[scene.split].append(
                {
                    "id": place,
                    "image_id": number,
                    "category_id": int(label) + 1,
                    "iscrowd": 0,
                    "segmentation": runs(mask),
                }
            )
        crowd = {"size": [*labels.shape], "counts": [0, labels.size]}
        annotations[scene.split].append(
            {"id": 900, "image_id": number, "category_id": 1, "iscrowd": 1, "segmentation": crowd}
        )
        expected[name] = Expected(scene.split, labels, instances)
    for split, content in annotations.items():
        (root / f"annotations/instances_{split}2017.json").write_text(json.dumps({"annotations": content}))
    return expected


def runs(mask: NDArray[np.bool_]) -> list[list[int]]:
    """Return a rectangle [x, y, x, y, ...] around each run of a mask in a row."""
    found = []
    for y, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]])))
        for left, right in edges.reshape(-1, 2).tolist():
            found.append([left, y, right, y, right, y + 1, left, y + 1])
    return found


def write_gta5(root: Path, scenes: list[Scene]) -> dict[str, Expected]:
    """Photos, palette PNGs of Cityscapes' label ids, split.mat."""
    colours = [label["colour"] for label in YAML(typ="safe").load(TABLES / "cityscapes_labels.yaml")["labels"]]
    expected = {}
    numbers: dict[str, list[list[int]]] = {"train": [], "val": []}
    for number, scene in enumerate(scenes, start=1):
        name = f"{number:05d}"
        save(root / f"images/{name}.png", scene.photo)
        ids = np.where(scene.labels == VOID, 34, np.array([*TRAIN_IDS, *[0] * 237])[scene.labels]).astype(np.uint8)
        picture = Image.fromarray(ids)
        picture.putpalette([value for colour in colours for value in colour])
        (root / "labels").mkdir(exist_ok=True)
        picture.save(root / f"labels/{name}.png")
        numbers[scene.split].append([number])
        expected[name] = Expected(scene.split, scene.labels)
    savemat(
        root / "split.mat",
        {"trainIds": np.array(numbers["train"]), "valIds": np.array(numbers["val"]), "testIds": np.array([[24966]])},
    )
    return expected


def write_kaggle_camvid(root: Path) -> list[tuple[str, str, NDArray[np.uint8]]]:
    """The copy on Kaggle: its folders, and label maps in colours; returns scene id, split and labels of each."""
    palette = packaged_table("camvid_original").palette
    expected = []
    for number, split in enumerate(("train", "train", "val", "test")):
        labels = np.full((32, 64), number, np.uint8)
        labels[:3] = VOID
        save(root / f"{split}/0001TP_{number:06d}.png", np.full((32, 64, 3), 40 * number, np.uint8))
        save(root / f"{split}_labels/0001TP_{number:06d}_L.png", palette[labels])
        expected.append((f"0001TP_{number:06d}", split, labels))
    return expected[:3]


def write_camvid(root: Path, scenes: list[Scene], colours: NDArray[np.uint8]) -> dict[str, Expected]:
    """The original form: photos and label maps in colours; categories are the scenes' own numbers."""
    expected = {}
    for number, scene in enumerate(scenes):
        stem = f"0006R0_f{930 + 30 * number:05d}" if scene.split == "train" else f"0016E5_{7959 + 2 * number:05d}"
        save(root / f"701_StillsRaw_full/{stem}.png", scene.photo)
        save(root / f"LabeledApproved_full/{stem}_L.png", colours[scene.labels])
        expected[stem] = Expected(scene.split, scene.labels)
    test = scenes[0]
    save(root / "701_StillsRaw_full/Seq05VD_f00000.png", test.photo)
    save(root / "LabeledApproved_full/Seq05VD_f00000_L.png", colours[test.labels])
    return expected


def rendered(height_px: int, width_px: int) -> list[Scene]:
    """Three training scenes and a validation scene, with void in the corner."""
    splits: tuple[Split, ...] = ("train", "train", "train", "val")
    scenes = [
        render_scene(0, f"street-{split}-{number:05d}", split, height_px, width_px)
        for number, split in enumerate(splits)
    ]
    for scene in scenes:
        scene.labels[:3, :5] = VOID
    return scenes


def load(root: Path, size: tuple[int, int] = (HEIGHT, WIDTH), seed: int = 0, **source: Any) -> list[Scene]:
    """Read a dataset by its `prepare.source`."""
    config = PrepareConfig.model_validate(
        {"height_px": size[0], "width_px": size[1], "source": {"root": str(root)} | source}
    )
    return list(load_dataset(config, seed).scenes)


def assert_same(found: list[Scene], expected: dict[str, Expected]) -> None:
    """The scenes are those that were written, but for the photos."""
    assert [(scene.scene_id, scene.split) for scene in found] == [(k, e.split) for k, e in expected.items()]
    for scene, wanted in zip(found, expected.values(), strict=True):
        assert np.array_equal(scene.labels, wanted.labels)
        for name, dtype in (("instances", np.uint16), ("depth_m", np.float32), ("coarse_labels", np.uint8)):
            array, wanted_array = getattr(scene, name), getattr(wanted, name)
            assert (array is None) == (wanted_array is None)
            if array is not None:
                assert array.dtype == dtype
                assert np.array_equal(array, wanted_array)
