"""One small dataset in the forms that annotation tools export, written by hand from what these say of their forms.

Photos of 48 x 32 pixels: sky above road, a car that moves in front of both, and a window in it through which one sees
the road; eight columns at the right are in no region.
"""

import base64
import io
import itertools
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.support.small_dataset import photo, save

HEIGHT_PX, WIDTH_PX = 32, 48
NUM_PHOTOS = 8
NAMES = ("Sky", "Road", "Car")
COLOURS = {"Sky": (70, 130, 180), "Road": (128, 64, 128), "Car": (0, 0, 142)}
NONE = "background"

Box = tuple[int, int, int, int]


def boxes(number: int) -> dict[str, Box]:
    """(left, top, right, bottom) of each category, the later in front."""
    return {"Sky": (0, 0, 40, 12), "Road": (0, 12, 40, 32), "Car": (2 + 2 * number, 8, 20 + 2 * number, 24)}


def window(number: int) -> Box:
    """The hole in the car, behind which the road lies."""
    return (8 + 2 * number, 14, 12 + 2 * number, 18)


def label_names(number: int, has_window: bool = True) -> NDArray[np.str_]:
    """(H, W) names of the categories of a photo's pixels, as the class table spells them."""
    names = np.full((HEIGHT_PX, WIDTH_PX), NONE, dtype="<U10")
    for name, (left, top, right, bottom) in boxes(number).items():
        names[top:bottom, left:right] = name.lower()
    if has_window:
        left, top, right, bottom = window(number)
        names[top:bottom, left:right] = "road"
    return names


def mask_of(name: str, number: int) -> NDArray[np.bool_]:
    """(H, W) what is drawn for a category, the car without its window."""
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), dtype=bool)
    left, top, right, bottom = boxes(number)[name]
    mask[top:bottom, left:right] = True
    if name == "Car":
        left, top, right, bottom = window(number)
        mask[top:bottom, left:right] = False
    return mask


def ids_of(number: int, ids: dict[str, int]) -> NDArray[np.uint8]:
    """(H, W) a label map in numbers of a tool's own."""
    names = label_names(number)
    values = np.zeros(names.shape, np.uint8)
    for name, value in ids.items():
        values[names == name.lower()] = value
    return values


def corners(box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def write_photos(folder: Path, numbers: range = range(NUM_PHOTOS), suffix: str = ".jpg") -> list[Path]:
    """Write photos frame_0.jpg and so on; return their paths."""
    paths = [folder / f"frame_{number}{suffix}" for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        save(path, photo(number, HEIGHT_PX, WIDTH_PX))
    return paths


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """COCO's uncompressed run lengths: columns one after the other, beginning with those outside."""
    flat = np.concatenate([[False], mask.ravel(order="F"), [not mask[-1, -1]]])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], changes])).tolist()


def coco(names: list[str], numbers: range, first_id: int = 1) -> dict[str, Any]:
    """COCO's instances: polygons, and run lengths for the car, which has a hole.

    Annotations are listed from front to back: COCO has no order.
    """
    categories = [{"id": place + first_id, "name": name, "supercategory": ""} for place, name in enumerate(NAMES)]
    images, annotations = [], []
    for number, name in zip(numbers, names, strict=True):
        images.append({"id": number, "file_name": name, "height": HEIGHT_PX, "width": WIDTH_PX})
        for place, category in reversed(list(enumerate(NAMES))):
            left, top, right, bottom = boxes(number)[category]
            mask = mask_of(category, number)
            outline: Any = [[value for corner in corners((left, top, right, bottom)) for value in corner]]
            if category == "Car":
                outline = {"size": [HEIGHT_PX, WIDTH_PX], "counts": run_lengths(mask)}
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": place + first_id,
                    "segmentation": outline,
                    "bbox": [left, top, right - left, bottom - top],
                    "area": int(mask.sum()),
                    "iscrowd": 0,
                }
            )
    return {"info": {}, "licenses": [], "images": images, "annotations": annotations, "categories": categories}


def write_coco(root: Path) -> None:
    """As the COCO package is unpacked: annotations/ beside a folder of photos for each split."""
    for split, numbers in (("train2017", range(5)), ("val2017", range(5, 8))):
        names = [path.name for path in write_photos(root / split, numbers)]
        write_json(root / f"annotations/instances_{split}.json", coco(names, numbers))


def write_label_studio_coco(root: Path) -> None:
    """Label Studio's export to COCO: result.json, category ids from 0, photos with the prefix of their upload."""
    paths = write_photos(root / "images")
    names = [f"images/{0xA1B2C3D0 + number:08x}-{path.name}" for number, path in enumerate(paths)]
    for path, name in zip(paths, names, strict=True):
        path.rename(root / name)
    write_json(root / "result.json", coco(names, range(NUM_PHOTOS), first_id=0))


def write_roboflow_coco(root: Path) -> None:
    """Roboflow's export to COCO: a JSON file beside the photos of each split; category 0 stands for the project."""
    for split, numbers in (("train", range(4)), ("valid", range(4, 7)), ("test", range(7, 8))):
        names = [path.name for path in write_photos(root / split, numbers)]
        content = coco(names, numbers)
        content["categories"].insert(0, {"id": 0, "name": "my-streets", "supercategory": "none"})
        write_json(root / split / "_annotations.coco.json", content)


def write_panoptic(root: Path) -> None:
    """COCO's panoptic form: a PNG for each photo whose colours are numbers of segments; stuff and one thing."""
    for split, numbers in (("train", range(5)), ("val", range(5, 8))):
        paths = write_photos(root / "images" / split, numbers)
        annotations = []
        for number, path in zip(numbers, paths, strict=True):
            segments, numbered = [], np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
            for place, name in enumerate(NAMES):
                code = 70000 * (place + 1) + number
                numbered[label_names(number) == name.lower()] = (code % 256, code // 256 % 256, code // 65536)
                segments.append({"id": code, "category_id": 10 * place + 1, "iscrowd": 0, "area": 1, "bbox": []})
            save(root / f"annotations/panoptic_{split}/{path.stem}.png", numbered)
            annotations.append({"image_id": number, "file_name": f"{path.stem}.png", "segments_info": segments})
        images = [
            {"id": number, "file_name": path.name, "height": HEIGHT_PX, "width": WIDTH_PX}
            for number, path in zip(numbers, paths, strict=True)
        ]
        categories = [
            {"id": 10 * place + 1, "name": name, "isthing": int(name == "Car"), "color": COLOURS[name]}
            for place, name in enumerate(NAMES)
        ]
        content = {"images": images, "annotations": annotations, "categories": categories}
        write_json(root / f"annotations/panoptic_{split}.json", content)


def write_cvat(root: Path) -> None:
    """CVAT for images 1.1: one XML file, shapes from front to back with their z_order, the car as a mask."""
    paths = write_photos(root / "images")
    labels = "".join(
        f"<label><name>{name}</name><color>#{'{:02x}{:02x}{:02x}'.format(*COLOURS[name])}</color><attributes></attributes></label>"
        for name in NAMES
    )
    images = []
    for number, path in enumerate(paths):
        left, top, right, bottom = boxes(number)["Car"]
        part = mask_of("Car", number)[top:bottom, left:right]
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[2], part.ravel(), [2]]))))
        runs = [*([] if not part[0, 0] else [0]), *runs.tolist()]
        shapes = [
            f'<mask label="Car" source="manual" occluded="0" rle="{", ".join(map(str, runs))}" left="{left}" '
            f'top="{top}" width="{right - left}" height="{bottom - top}" z_order="2"></mask>',
            *(
                f'<polygon label="{name}" source="manual" occluded="0" '
                f'points="{";".join(f"{x:.2f},{y:.2f}" for x, y in corners(boxes(number)[name]))}" '
                f'z_order="{place}"></polygon>'
                for place, name in ((1, "Road"), (0, "Sky"))
            ),
        ]
        size = f'width="{WIDTH_PX}" height="{HEIGHT_PX}"'
        images.append(f'<image id="{number}" name="{path.name}" {size}>{"".join(shapes)}</image>')
    (root / "annotations.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task><id>1</id>'
        f"<name>streets</name><size>{NUM_PHOTOS}</size><labels>{labels}</labels></task></meta>"
        f"{''.join(images)}</annotations>",
        encoding="utf-8",
    )


def write_label_me(root: Path) -> None:
    """The LabelMe of MIT: Images/ and Annotations/ with an XML file for each photo, objects from back to front."""
    for number, path in enumerate(write_photos(root / "Images/users/streets")):
        objects = "".join(
            f"<object><name>{name}</name><deleted>0</deleted><verified>0</verified><occluded>no</occluded>"
            f"<attributes></attributes><parts><hasparts></hasparts><ispartof></ispartof></parts><date></date>"
            f"<id>{place}</id><polygon><username>me</username>"
            f"{''.join(f'<pt><x>{x}</x><y>{y}</y></pt>' for x, y in corners(box))}</polygon></object>"
            for place, (name, box) in enumerate([*boxes(number).items(), ("Road", window(number))])
        )
        folder = root / "Annotations/users/streets"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{path.stem}.xml").write_text(
            f"<annotation><filename>{path.name}</filename><folder>users/streets</folder><source></source>"
            f"<imagesize><nrows>{HEIGHT_PX}</nrows><ncols>{WIDTH_PX}</ncols></imagesize>{objects}</annotation>"
        )


def write_labelme_json(root: Path) -> None:
    """labelme: a JSON file beside each photo, the car a mask in a PNG."""
    for number, path in enumerate(write_photos(root)):
        left, top, right, bottom = boxes(number)["Car"]
        shapes = [
            {
                "label": name,
                "points": corners(boxes(number)[name]),
                "group_id": None,
                "shape_type": "polygon",
                "flags": {},
            }
            for name in ("Sky", "Road")
        ]
        part = mask_of("Car", number)[top:bottom, left:right]
        mask = {"label": "Car", "points": [[left, top], [right - 1, bottom - 1]], "group_id": None, "flags": {}}
        shapes.append(mask | {"shape_type": "mask", "mask": base64.b64encode(png(part)).decode()})
        size = {"imageHeight": HEIGHT_PX, "imageWidth": WIDTH_PX}
        content = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": path.name, "imageData": None}
        write_json(path.with_suffix(".json"), content | size)


def write_supervisely(root: Path) -> None:
    """A project of Supervisely with two datasets: polygons, one with a hole, and a bitmap for the sky."""
    root = root / "streets"
    classes = [
        {"title": name, "shape": "any", "color": "#{:02X}{:02X}{:02X}".format(*COLOURS[name]), "id": place}
        for place, name in enumerate(NAMES)
    ]
    write_json(root / "meta.json", {"classes": classes, "tags": [], "projectType": "images"})
    for split, numbers in (("train", range(5)), ("val", range(5, 8))):
        for number, path in zip(numbers, write_photos(root / split / "img", numbers), strict=True):
            left, top, right, bottom = boxes(number)["Sky"]
            bitmap = png(np.ones((bottom - top, right - left), dtype=bool))
            data = base64.b64encode(zlib.compress(bitmap)).decode()
            objects = [
                {"classTitle": "Sky", "geometryType": "bitmap", "bitmap": {"data": data, "origin": [left, top]}},
                supervisely_polygon("Road", boxes(number)["Road"]),
                supervisely_polygon("Car", boxes(number)["Car"], window(number)),
            ]
            size = {"height": HEIGHT_PX, "width": WIDTH_PX}
            write_json(root / split / "ann" / f"{path.name}.json", {"size": size, "tags": [], "objects": objects})


def supervisely_polygon(name: str, outer: Box, *inner: Box) -> dict[str, Any]:
    points = {"exterior": corners(outer), "interior": [corners(box) for box in inner]}
    return {"classTitle": name, "geometryType": "polygon", "points": points}


def write_label_studio(root: Path) -> None:
    """Label Studio's JSON: polygons in percent and a brush stroke for the car; photos as they were uploaded."""
    tasks = []
    for number, path in enumerate(write_photos(root / "photos")):
        size = {"original_width": WIDTH_PX, "original_height": HEIGHT_PX, "image_rotation": 0}
        results = []
        for name in ("Sky", "Road"):
            points = [[100 * x / WIDTH_PX, 100 * y / HEIGHT_PX] for x, y in corners(boxes(number)[name])]
            value = {"points": points, "closed": True, "polygonlabels": [name]}
            results.append(size | {"type": "polygonlabels", "value": value, "id": f"{number}{name}"})
        value = {"format": "rle", "rle": packed_runs(mask_of("Car", number)), "brushlabels": ["Car"]}
        results.append(size | {"type": "brushlabels", "value": value, "id": f"{number}Car"})
        image = f"/data/upload/1/{0xA1B2C3D0 + number:08x}-{path.name}"
        tasks.append({"id": number, "data": {"image": image}, "annotations": [{"id": number, "result": results}]})
    write_json(root / "project-1-at-2026-01-01.json", tasks)


def packed_runs(mask: NDArray[np.bool_]) -> list[int]:
    """Label Studio's brush: an RGBA picture, packed as runs of 1 to 65536 equal bytes, or bytes one by one."""
    flat = np.repeat(mask[..., None] * np.uint8(255), 4, axis=2).ravel()
    bits = [f"{flat.size:032b}", f"{7:05b}", *(f"{length - 1:04b}" for length in (3, 4, 8, 16))]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    for start, end in itertools.pairwise(starts):
        bits.append(f"1{3:02b}{end - start - 1:016b}{flat[start]:08b}")
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[place : place + 8], 2) for place in range(0, len(text), 8)]


def png(mask: NDArray[np.bool_]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(buffer, "PNG")
    return buffer.getvalue()


def write_voc(root: Path) -> None:
    """PASCAL VOC: indexed masks beside masks of instances, with the lists of the split; 255 along the car's border.

    Sky is called aeroplane here, as VOC has no sky, and road is a boat.
    """
    for number, path in enumerate(write_photos(root / "VOC2012/JPEGImages")):
        name = f"2007_00000{number}"
        path.rename(path.with_name(f"{name}.jpg"))
        for folder in ("SegmentationClass", "SegmentationObject"):
            values = ids_of(number, {"Sky": 1, "Road": 4, "Car": 7})
            if folder == "SegmentationObject":
                values = ids_of(number, {"Sky": 1, "Road": 2, "Car": 3})
            values[-1] = 255
            image = Image.fromarray(values)
            image.putpalette(VOC_PALETTE)
            (root / "VOC2012" / folder).mkdir(exist_ok=True)
            image.save(root / f"VOC2012/{folder}/{name}.png")
    lists = root / "VOC2012/ImageSets/Segmentation"
    lists.mkdir(parents=True)
    for split, numbers in (("train", range(5)), ("val", range(5, 8)), ("trainval", range(8))):
        (lists / f"{split}.txt").write_text("".join(f"2007_00000{number}\n" for number in numbers))


# From 0: background, aeroplane, bicycle, bird, boat, bottle, bus, car; 255 is the border.
VOC_PALETTE = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128, 128, 0, 128, 0, 128, 128, 128, 128, 128]
VOC_PALETTE += [0] * (3 * 247) + [224, 224, 192]


def write_cvat_masks(root: Path) -> None:
    """CVAT's segmentation mask 1.1: VOC's folders, painted as labelmap.txt says, black the background."""
    for number, path in enumerate(write_photos(root / "JPEGImages")):
        save(root / f"SegmentationClass/{path.stem}.png", painted(number))
        save(root / f"SegmentationObject/{path.stem}.png", painted(number) // 2)
    lines = [f"{name}:{','.join(map(str, COLOURS[name]))}::" for name in NAMES]
    text = "\n".join(["# label:color_rgb:parts:actions", "background:0,0,0::", *lines])
    (root / "labelmap.txt").write_text(text + "\n")
    (root / "ImageSets/Segmentation").mkdir(parents=True)
    (root / "ImageSets/Segmentation/default.txt").write_text("".join(f"frame_{n}\n" for n in range(NUM_PHOTOS)))


def painted(number: int) -> NDArray[np.uint8]:
    """(H, W, 3) a label map in the colours, black where there is no category."""
    return np.array([(0, 0, 0), *COLOURS.values()], np.uint8)[ids_of(number, {n: p + 1 for p, n in enumerate(NAMES)})]


def write_class_dict(root: Path) -> None:
    """Painted label maps with class_dict.csv, as on Kaggle; black is called Void."""
    for split, numbers in (("train", range(5)), ("val", range(5, 8))):
        for number, path in zip(numbers, write_photos(root / split, numbers, ".png"), strict=True):
            save(root / f"{split}_labels/{path.stem}_L.png", painted(number))
    rows = "".join(f"{name},{','.join(map(str, COLOURS[name]))}\n" for name in NAMES)
    (root / "class_dict.csv").write_text(f"name,r,g,b\n{rows}Void,0,0,0\n")


def write_roboflow_masks(root: Path) -> None:
    """Roboflow's semantic segmentation masks: values from 0 beside the photos, _classes.csv in each split."""
    for split, numbers in (("train", range(4)), ("valid", range(4, 7)), ("test", range(7, 8))):
        for number, path in zip(numbers, write_photos(root / split, numbers), strict=True):
            save(root / f"{split}/{path.stem}_mask.png", ids_of(number, {"Sky": 1, "Road": 2, "Car": 3}))
        (root / split / "_classes.csv").write_text("Pixel Value, Class\n0, background\n1, Sky\n2, Road\n3, Car\n")


def write_mapillary(root: Path) -> None:
    """Mapillary Vistas 2.0: labels of two versions with instances and panoptic pictures, the last label unlabelled."""
    for version, shift in (("v1.2", 0), ("v2.0", 1)):
        names = [*("Bird",) * shift, *NAMES, "Unlabeled"]
        colours = [*((165, 42, 42),) * shift, *COLOURS.values(), (0, 0, 0)]
        labels = [
            {"name": f"a--{name.lower()}", "readable": name, "color": colour, "instances": name == "Car"}
            for name, colour in zip(names, colours, strict=True)
        ]
        write_json(root / f"config_{version}.json", {"labels": labels, "version": version[1:]})
        for split, numbers in (("training", range(5)), ("validation", range(5, 8))):
            for number, path in zip(numbers, write_photos(root / split / "images", numbers), strict=True):
                ids = {name: place + shift for place, name in enumerate([*NAMES, NONE])}
                values = ids_of(number, ids)
                image = Image.fromarray(values)
                image.putpalette([channel for colour in colours for channel in colour])
                folder = root / split / version
                for kind in ("labels", "instances", "panoptic"):
                    (folder / kind).mkdir(parents=True, exist_ok=True)
                image.save(folder / f"labels/{path.stem}.png")
                save(folder / f"instances/{path.stem}.png", values.astype(np.uint16) * 256)
                save(folder / f"panoptic/{path.stem}.png", np.repeat(values[..., None], 3, axis=2))
    write_photos(root / "testing/images", range(8, 10))
