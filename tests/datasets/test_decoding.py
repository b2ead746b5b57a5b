"""Label maps in any form that keeps them: ids, indices and colours come back exactly."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from sims_core.base.read_pictures import read_label_picture
from sims_core.datasets.decoding import LabelValues, painted
from sims_core.scenes.classes import VOID, Category, ClassTable, Role
from sims_core.scenes.label_values import decode_palette

KINDS = {
    "PNG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "BMP": {},
    "WEBP": {"lossless": True, "exact": True},
    "GIF": {"optimize": False},
}
colours = st.tuples(*[st.integers(0, 255)] * 3).filter(any)
tables = st.lists(colours, min_size=1, max_size=254, unique=True)
places = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)))
orientations = st.integers(1, 8)


def labels_of(table, numbers):
    """A label map with the categories of a table, and void."""
    found = numbers % (len(table) + 1)
    return np.where(found == len(table), VOID, found).astype(np.uint8)


def stored_and_read(folder, image, kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(folder / "labels", kind, **KINDS[kind], **({} if kind in ("BMP", "GIF") else {"exif": exif}))
    return read_label_picture(folder / "labels")


def turned(labels, kind, orientation):
    """The label map upright, by the meaning of each orientation: row 0 is the visual top, left, ... of the stored."""
    if kind in ("BMP", "GIF"):
        return labels
    by_meaning = {
        1: labels, 2: labels[:, ::-1], 3: labels[::-1, ::-1], 4: labels[::-1],
        5: labels.T, 6: labels[::-1].T, 7: labels[::-1, ::-1].T, 8: labels[:, ::-1].T,
    }  # fmt: skip
    return by_meaning[orientation]


@given(tables, places, orientations, st.sampled_from([k for k in KINDS if k != "WEBP"]), st.integers(0, 2**32 - 1))
def test_ids_by_any_values_come_back(tmp_path, table, numbers, orientation, kind, seed):
    labels = labels_of(table, numbers)
    is_wide = kind in ("PNG", "TIFF") and seed % 2 == 1
    most = 65535 if is_wide else 255
    drawn = np.random.default_rng(seed).choice(np.setdiff1d(np.arange(most), [VOID]), len(table), replace=False)
    value_of = np.full(256, VOID, np.uint16 if is_wide else np.uint8)
    value_of[: len(table)] = drawn
    values = LabelValues({int(value): index for index, value in enumerate(drawn)} | {VOID: VOID}, "")
    found = stored_and_read(tmp_path, Image.fromarray(value_of[labels]), kind, orientation)
    np.testing.assert_array_equal(values.decode(found, "x", ""), turned(labels, kind, orientation))


@given(tables, places, orientations, st.sampled_from(["PNG", "TIFF", "BMP", "GIF"]))
def test_indices_with_any_palette_come_back(tmp_path, table, numbers, orientation, kind):
    labels = labels_of(table, numbers)
    image = Image.fromarray(labels)
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(table)] = table
    image.putpalette(palette.ravel().tolist())
    found = stored_and_read(tmp_path, image, kind, orientation)
    np.testing.assert_array_equal(found.colours(), palette[turned(labels, kind, orientation)])
    if kind in ("PNG", "TIFF"):
        np.testing.assert_array_equal(found.stored, turned(labels, kind, orientation))


@given(tables, places, orientations, st.sampled_from(["PNG", "TIFF", "WEBP", "BMP"]), st.sampled_from(["RGB", "RGBA"]))
def test_colours_come_back(tmp_path, table, numbers, orientation, kind, mode):
    labels = labels_of(table, numbers)
    classes = ClassTable(
        categories=tuple(Category(name=f"c{n}", colour=c, role=Role.STUFF) for n, c in enumerate(table))
    )
    shown = classes.palette[labels]
    if mode == "RGBA" and kind != "BMP":
        # Erased: void, whatever colour lies beneath.
        erased = np.where(labels[..., None] == VOID, np.uint8(200), shown)
        shown = np.dstack([erased, np.where(labels == VOID, 0, 255).astype(np.uint8)])
    found = stored_and_read(tmp_path, Image.fromarray(shown), kind, orientation)
    decoded = decode_palette(painted(found, classes.palette, "x", ""), classes, "x")
    np.testing.assert_array_equal(decoded, turned(labels, kind, orientation))
