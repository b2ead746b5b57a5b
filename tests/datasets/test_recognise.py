"""Official datasets are known by their folders and files."""

import pytest

from sims_core.datasets.init.recognise import recognise
from tests.support.own_folder import write


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["leftImg8bit/train/a", "gtCoarse/a"], {"dataset": "cityscapes", "annotation": "coarse", "depth": "none"}),
        (["ADEChallengeData2016/images/training/ADE_1.jpg", "ADEChallengeData2016/annotations/training/ADE_1.png"],
         {"dataset": "ade20k", "subset": "all"}),
        (["nyu_depth_v2_labeled.mat"], {"dataset": "nyu", "num_categories": 40}),
        (["train/0001TP_006690.png", "trainannot/a", "val/a", "valannot/a"], {"dataset": "camvid"}),
        (["701_StillsRaw_full/a", "LabeledApproved_full/a"], {"dataset": "camvid", "form": "original"}),
        (["images/train2017/000000000009.jpg", "annotations/train2017/a"],
         {"dataset": "coco_stuff", "instances": False}),
        (["split.mat", "images/a", "labels/a"], {"dataset": "gta5"}),
    ],
)  # fmt: skip
def test_official_datasets_are_recognised(tmp_path, files, expected):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = recognise(tmp_path)
    assert {key: value for key, value in found.items() if key != "root"} == expected
    assert found["root"].startswith(str(tmp_path))


def test_other_folders_are_not(tmp_path):
    write(tmp_path, range(8), photo="images/{}.jpg", labels="labels/{}.png")
    assert recognise(tmp_path) is None
