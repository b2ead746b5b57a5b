"""More that folders of photos and label maps are found to hold; what happens then."""

import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from sims_core.base.errors import SimsError
from sims_core.base.read_pictures import read_label_picture, read_photo
from sims_core.datasets.check.run import check_data
from sims_core.datasets.init.run import init_project
from sims_core.datasets.load import load_dataset
from tests.support.own_folder import config_of, initialised, rewrite, write
from tests.support.small_dataset import CLASS_TABLE, label_map, photo, save

PHOTOS, MASKS = "images/{}.jpg", "masks/{}.png"
TWO = """categories:
  - {name: rest, colour: [9, 9, 9], role: stuff}
  - {name: thing, colour: [200, 0, 0], role: object}
"""


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch):
    monkeypatch.setenv("SIMS_WORKERS", "1")


def init(project):
    return init_project(project / "mine", project, project / "params.yaml", None)


def labels_of(project):
    return {scene.scene_id: scene.labels for scene in load_dataset(config_of(project), 0).scenes}


def test_a_mask_with_one_row_more_than_its_photo_is_a_fault(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    save(project / "mine/masks/3.png", np.pad(label_map(3), ((0, 1), (0, 0)), mode="edge"))
    init(project)
    (fault,) = [finding.message for finding in check_data(config_of(project), 0).findings if finding.is_fault]
    assert "3.png: label map and photo differ in size, expected 64x48 as 3.jpg, found 64x49" in fault


def test_values_scaled_by_10_are_categories_in_their_order(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    rewrite(project / "mine/masks", lambda values, _: np.where(values == 255, 255, values * 10))
    _, source, _ = initialised(project)
    assert source.label_values == (0, 10, 20)
    for name, labels in labels_of(project).items():
        np.testing.assert_array_equal(labels, label_map(int(name)))


def test_masks_of_0_and_255_with_a_table_of_two_have_no_void(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    rewrite(project / "mine/masks", lambda values, _: (values == 2) * np.uint8(255))
    (project / "mine/classes.yaml").write_text(TWO)
    _, source, check = initialised(project)
    assert source.label_values == (0, 255)
    assert check.findings == []
    for name, labels in labels_of(project).items():
        np.testing.assert_array_equal(labels, label_map(int(name)) == 2)


def test_white_is_not_1_in_indexed_masks_and_255_in_grey_ones(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)

    def save_as(values, number):
        if number != 3:
            return (values == 2) * np.uint8(255)
        indexed = Image.fromarray((values == 2).astype(np.uint8))
        indexed.putpalette([0, 0, 0, 255, 255, 255])
        return indexed

    rewrite(project / "mine/masks", save_as)
    with pytest.raises(SimsError, match=r"3\.png: white is the value 1 here, and 255 in 0\.png"):
        init(project)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_class_table_in_another_encoding_is_refused(project, encoding):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    (project / "mine/classes.yaml").write_bytes(
        CLASS_TABLE.replace("categories", "# Büsche\ncategories").encode(encoding)
    )
    with pytest.raises(SimsError, match=r"classes\.yaml: is no.* ['\"]?[uU][tT][fF]-8"):
        init(project)


def test_files_that_systems_leave_behind_are_nothing(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    for name in ("images/Thumbs.db", ".DS_Store", "masks/.DS_Store", "images/desktop.ini", "masks/._3.png",
                 "__MACOSX/masks/._3.png", "images/.ipynb_checkpoints/0.jpg"):  # fmt: skip
        (project / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "mine" / name).write_bytes(b"\0\5\x16\7of another system")
    (project / "mine/images/folder.jpg").mkdir()
    said, _, check = initialised(project)
    assert "8 photos" in said[0]
    assert check.findings == []


def test_one_photo_as_jpeg_and_as_png_is_refused_by_name(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    save(project / "mine/images/3.png", photo(3))
    with pytest.raises(SimsError, match=r"beside images/3\.jpg, images/3\.png has the name of the other"):
        init(project)


@pytest.mark.parametrize("stem", ["100% d'or #{}", "a*b?[{}]&c", "x" * 249 + "{}"])
def test_odd_and_long_names_are_names(project, stem):
    write(project / "mine", range(8), photo=f"my photos/{stem}.jpg", labels=f"my masks #1/{stem}.png")
    _, _, check = initialised(project)
    assert {one.item.scene_id for one in check.facts} == {stem.format(number) for number in range(8)}
    assert check.findings == []


@pytest.mark.parametrize("end", ["_semantic", "_Mask", "_gtFine_labelIds", ".labels", ".jpg"])
def test_any_ending_that_all_label_maps_have_is_found(project, end):
    write(project / "mine", range(1, 12), photo="images/aachen_{}.jpg", labels=f"masks/aachen_{{}}{end}.png")
    said, source, _ = initialised(project)
    assert "11 photos" in said[0]
    assert source.label_suffix == end


@pytest.mark.parametrize(
    ("photos", "labels"),
    [
        ("aachen_{}_leftImg8bit", "aachen_{}_gtFine_labelIds"),
        ("img_{}", "mask_{}"),
        ("{}", "{}0"),
        ("IMG_{}", "img_{}"),
    ],
)
def test_names_of_photos_that_are_not_in_those_of_label_maps_are_said(project, photos, labels):
    write(project / "mine", range(1, 9), photo=f"images/{photos}.jpg", labels=f"masks/{labels}.png")
    message = rf"no label map has the name of a photo, .* {photos.format(1)}\.png, found {labels.format(1)}\.png"
    with pytest.raises(SimsError, match=message):
        init(project)


@pytest.mark.parametrize("end", ["", "_label"])
def test_a_folder_for_each_scene_with_the_same_names_in_all(project, end):
    write(project / "mine", range(8), photo="scene{}/frame.jfif", labels=f"scene{{}}/frame{end}.png")
    _, _, check = initialised(project)
    assert [one.item.photo.parent for one in check.facts] == [one.item.labels.parent for one in check.facts]
    assert {one.item.scene_id for one in check.facts} == {f"scene{number}-frame" for number in range(8)}


def test_a_mask_for_each_category_is_refused_with_what_to_do(project):
    write(project / "mine", range(8), photo=PHOTOS, labels="masks/ground/{}.png", again="masks/wall/{}.png")
    with pytest.raises(
        SimsError, match=r"2 label maps have the name of 0\.jpg, .* found masks/ground/0\.png, masks/wall"
    ):
        init(project)


def test_label_maps_in_an_archive_are_said(project):
    write(project / "mine", range(8), photo=PHOTOS)
    with zipfile.ZipFile(project / "mine/masks.zip", "w") as archive:
        archive.writestr("masks/0.png", b"")
    with pytest.raises(SimsError, match=r"no label maps found among 8 pictures, .* found besides 1 files \.zip"):
        init(project)


def test_label_maps_under_the_name_of_jpegs_are_read_if_they_are_none(project):
    write(project / "mine", range(8), photo=PHOTOS)
    (project / "mine/masks").mkdir()
    for number in range(8):
        Image.fromarray(label_map(number)).save(project / f"mine/masks/{number}.jpg", "PNG")
    _, source, _ = initialised(project)
    assert source.train_labels == "masks/*.jpg"
    for number in range(8):
        save(project / f"mine/masks/{number}.jpg", label_map(number))
    (project / "params.yaml").unlink()
    with pytest.raises(SimsError, match=r"masks/0\.jpg: label map is a JPEG, which changes its values"):
        init(project)


def test_a_folder_for_validation_beside_photos_without_one(project):
    write(project / "mine", range(6), photo=PHOTOS, labels=MASKS)
    write(project / "mine", range(6, 9), photo="images/val/{}.jpg", labels="masks/val/{}.png")
    said, source, _ = initialised(project)
    assert "train and val as they are: 6 + 3" in said[0]
    assert (source.train_photos, source.val_photos) == ("images/*.jpg", "images/val/*.jpg")


def test_a_published_split_of_names_with_spaces(project):
    write(project / "mine", range(8), photo="images/day 1 {}.jpg", labels="masks/day 1 {}.png")
    for name, numbers in (("train", range(5)), ("val", range(5, 8))):
        lines = [f"images/day 1 {n}.jpg" if n % 2 else f"day 1 {n}" for n in numbers]
        (project / f"mine/{name}.txt").write_text("\n".join(lines))
    said, _, _ = initialised(project)
    assert "split by train.txt and val.txt: 5 + 3" in said[0]


def interlaced_png(picture):
    """The bytes of an (H, W) or (H, W, 3) uint8 picture as a PNG in the seven passes of Adam7."""
    height_px, width_px = picture.shape[:2]
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    passes = [picture[row::rows, column::columns] for row, column, rows, columns in starts]
    lines = b"".join(b"\0" + line.tobytes() for own in passes if own.size for line in own)
    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 0 if picture.ndim == 2 else 2, 0, 0, 1)
    return png([(b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")])


def png(chunks):
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_interlaced_pngs_are_read_as_others(tmp_path):
    (tmp_path / "a.png").write_bytes(interlaced_png(photo(0)))
    (tmp_path / "b.png").write_bytes(interlaced_png(label_map(0)))
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), photo(0))
    np.testing.assert_array_equal(read_label_picture(tmp_path / "b.png").stored, label_map(0))


@pytest.mark.parametrize(("num_bits", "values"), [(2, [0, 85, 170, 255]), (4, [0, 17, 34, 51])])
def test_greys_of_2_and_4_bits_are_the_greys_that_they_show(tmp_path, num_bits, values):
    """So a mask has its values again whose file a tool made smaller."""
    line = np.packbits(np.unpackbits(np.arange(4, dtype=np.uint8)[:, None], axis=1)[:, -num_bits:]).tobytes()
    head = struct.pack(">IIBBBBB", 4, 1, num_bits, 0, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(png([(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" + line)), (b"IEND", b"")]))
    assert read_label_picture(tmp_path / "a.png").stored.tolist() == [values]
    assert read_photo(tmp_path / "a.png")[..., 0].tolist() == [values]


def test_the_gamma_that_a_png_states_changes_nothing(tmp_path):
    save(tmp_path / "a.png", photo(0))
    data = (tmp_path / "a.png").read_bytes()
    gamma = png([(b"gAMA", struct.pack(">I", 100_000))])[8:]
    (tmp_path / "a.png").write_bytes(data[:33] + gamma + data[33:])
    assert Image.open(tmp_path / "a.png").info["gamma"] == 1.0
    np.testing.assert_array_equal(read_photo(tmp_path / "a.png"), photo(0))
    np.testing.assert_array_equal(read_label_picture(tmp_path / "a.png").stored, photo(0))


def test_of_a_layered_tiff_the_merged_picture_is_read(tmp_path):
    layers = TiffImagePlugin.ImageFileDirectory_v2()
    layers[37724] = b"Adobe Photoshop Document Data Block\0" + bytes(64)
    Image.fromarray(photo(0)).save(tmp_path / "a.tif", tiffinfo=layers, compression="tiff_lzw")
    np.testing.assert_array_equal(read_photo(tmp_path / "a.tif"), photo(0))


def test_scanned_masks_of_one_bit_keep_black_as_0(tmp_path):
    mask = Image.fromarray((label_map(0) == 2) * np.uint8(255)).convert("1")
    for name, options in (("a.tif", {"compression": "group4"}), ("b.tif", {"tiffinfo": {262: 0}})):
        mask.save(tmp_path / name, **options)
        np.testing.assert_array_equal(read_label_picture(tmp_path / name).stored, label_map(0) == 2)


def test_an_index_that_the_file_calls_transparent_is_void_and_that_is_said(project):
    write(project / "mine", range(8), photo=PHOTOS, labels=MASKS)
    for number in range(8):
        indexed = Image.fromarray(label_map(number) % 255)
        indexed.putpalette([0, 0, 0, 90, 90, 90, 200, 0, 0])
        indexed.save(project / f"mine/masks/{number}.png", transparency=0)
    said, source, _ = initialised(project)
    assert any("of the pixels are void (255, or transparent)" in line for line in said)
    assert source.label_values == (1, 2)
