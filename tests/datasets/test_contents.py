"""What pictures hold: label maps or photos, categories or instances."""

import numpy as np
from PIL import Image

from sims_core.datasets.init.contents import codes_of, wanted_labels
from tests.support.small_dataset import photo, save


def test_what_pictures_hold_by_hand(tmp_path):
    flat = np.repeat(np.repeat(np.arange(4, dtype=np.uint8).reshape(2, 2), 4, axis=0), 4, axis=1)
    save(tmp_path / "flat.png", flat)
    save(tmp_path / "photo.png", photo(0))
    Image.fromarray(flat).save(tmp_path / "lossy.jpg")
    assert codes_of(tmp_path / "flat.png").tolist() == flat.tolist()
    assert codes_of(tmp_path / "photo.png") is codes_of(tmp_path / "lossy.jpg") is None


def test_which_label_map_is_wanted_by_hand(tmp_path):
    def files(name, *arrays):
        for number, array in enumerate(arrays):
            save(tmp_path / f"{name}{number}.png", np.repeat(np.array(array, np.uint8), 4, axis=1))
        return {tmp_path / str(number): tmp_path / f"{name}{number}.png" for number in range(len(arrays))}

    labels = files("labels", [[0, 1, 1]], [[0, 0, 1]])
    # Number 1 is a thing of category 0 here and of category 1 there.
    counted = files("counted", [[1, 2, 3]], [[2, 2, 1]])
    assert (wanted_labels(labels, counted), wanted_labels(counted, labels)) == (0, 1)
    # Numbers of which no two photos have the same.
    numbered = files("numbered", [[0, 7, 8]], [[0, 0, 9]])
    assert wanted_labels(numbered, labels) == 1
    # Finer categories, which photos share: nobody can tell.
    finer = files("finer", [[0, 1, 2]], [[0, 0, 2]])
    assert wanted_labels(finer, labels) is None
    # The same areas in colours and in values.
    colours = files("colours", [[[9, 8, 7], [1, 2, 3], [1, 2, 3]]], [[[9, 8, 7], [9, 8, 7], [1, 2, 3]]])
    assert wanted_labels(colours, labels) == 1
    assert wanted_labels(labels, labels) is None
