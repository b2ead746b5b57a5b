import numpy as np
from PIL import Image

from sims_core.evaluation.folders.picture_folders import open_picture_folders
from tests.support.small_project import CLASSES


def test_pictures_that_lie_on_their_side_have_the_size_that_they_show(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, picture in (("ours", np.zeros((4, 6, 3), np.uint8)), ("layouts", np.zeros((4, 6), np.uint8))):
        (tmp_path / name).mkdir()
        Image.fromarray(picture).save(tmp_path / name / "a.png")
    (tmp_path / "real").mkdir()
    lying = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)
    Image.fromarray(lying).save(tmp_path / "real/a.png", exif=exif)
    folders = open_picture_folders(
        {"ours": tmp_path / "ours"}, tmp_path / "layouts", tmp_path / "real", CLASSES, resize_filter=None
    )
    assert folders.frame == (4, 6)
    (sample,) = folders.samples(0)
    assert np.array_equal(sample.pictures["real"], np.rot90(lying, -1))
