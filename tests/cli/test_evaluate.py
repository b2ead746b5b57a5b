"""`sims evaluate` and `sims results compare` on folders of pictures, without a project."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.pictures import write_png
from sims_core.base.read_pictures import read_photo
from sims_core.cli.app import commands
from sims_core.evaluation.folders.picture_folders import name_rows, open_picture_folders
from tests.support.small_networks import MeanColours, write_segmenter, write_torchscript
from tests.support.small_project import CLASSES, HEIGHT_PX, WIDTH_PX, layout, scene

NAMES = [f"street_{number}" for number in range(6)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Six layouts (colours and ids), their photos, the pictures of two methods, networks and a class table."""
    root = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(NAMES):
        labels, photo = layout(number), scene(name, "val", number).photo
        write_png(root / f"layouts/{name}.png", CLASSES.colourise(labels) if number % 2 else labels)
        write_png(root / f"real/{name}.png", photo)
        write_png(root / f"ours/{name}.png", photo[:, ::-1])
        write_png(root / f"theirs/{name}.png", photo // 2 + 60)
    write_json(root / "classes.json", CLASSES.model_dump(mode="json"))
    write_segmenter(root / "segmenter")
    write_torchscript(root / "inception.pt", MeanColours())
    return root


@pytest.fixture
def folder(made, tmp_path):
    shutil.copytree(made, tmp_path / "work")
    return tmp_path / "work"


def run(folder, *more, images=("ours",), real="real", out="scores"):
    arguments = [*(folder / name if "=" not in name else name for name in images)]
    arguments += ["--layouts", folder / "layouts", "--real", folder / real, "--classes", folder / "classes.json"]
    arguments += ["-o", folder / out, "--num-resamples", 100, *more]
    return CliRunner().invoke(commands, ["evaluate", *map(str, arguments)])


def networks(folder, subset_size=3):
    return ["--segmenter", folder / "segmenter", "--inception", folder / "inception.pt", "--subset-size", subset_size]


@pytest.fixture(scope="module")
def scores(made, tmp_path_factory):
    """What the command writes for both methods."""
    root = tmp_path_factory.mktemp("evaluated") / "work"
    shutil.copytree(made, root)
    result = run(root, *networks(root), images=("ours", f"rival={root / 'theirs'}"))
    assert result.exit_code == 0, result.output
    return root / "scores", result.stdout


def test_figures_tables_and_plots_are_written(scores):
    out, stdout = scores
    content = json.loads((out / "figures.json").read_text())
    assert set(content["mean_iou"]) == {"real", "ours", "rival", "shuffled_layout"}
    assert set(content["inception_kernel_distance"]) == {"ours", "rival"}
    assert content["l1"]["ours"] > 0
    assert set(content["differences"]["mean_iou"]) == {"ours_minus_rival"}
    protocol = content["protocol"]
    assert (protocol["num_images"], protocol["resolution"]) == (6, "48 x 32")
    assert protocol["image_resize_filter"].startswith("none")
    assert len(protocol["inception_features"]["weights_sha256"]) == 64
    with (out / "per_image.csv").open() as file:
        assert [row["scene_id"] for row in csv.DictReader(file)] == NAMES
    pictures = {path.relative_to(out).as_posix() for path in out.rglob("*.png")}
    spectra = {f"mean_spectrum/{row}.png" for row in ("real", "ours", "rival")}
    assert pictures == {"spectrum.png", "categories.png", *spectra}
    assert {"spectrum.csv", "spectrum_peaks.csv", "per_category_iou.csv"} <= {path.name for path in out.iterdir()}
    assert "| mean_iou |" in stdout
    assert "6 pictures per row" in stdout


def test_the_same_pictures_give_the_same_bytes_and_replace_an_evaluation(scores, folder):
    images = ("ours", f"rival={folder / 'theirs'}")
    for _ in range(2):
        assert run(folder, *networks(folder), images=images).exit_code == 0
    for name in ("figures.json", "per_image.csv", "spectrum.png"):
        assert (folder / "scores" / name).read_bytes() == (scores[0] / name).read_bytes()


def test_without_networks_there_are_no_figures_of_them(folder):
    result = run(folder)
    assert result.exit_code == 0, result.output
    content = json.loads((folder / "scores/figures.json").read_text())
    assert {"spectrum_distance", "ssim"} <= content.keys()
    assert not [key for key in content if "iou" in key or "kernel" in key]
    assert "no --segmenter" in result.stderr
    assert not (folder / "scores/per_category_iou.csv").exists()


@pytest.mark.parametrize(("seen", "name"), [("unseen", "lite0"), ("seen", "lite0_seen")])
def test_features_that_a_method_was_trained_on_have_a_name_of_their_own(folder, seen, name):
    result = run(folder, "--lite0", seen, "--subset-size", 3, images=("ours", f"rival={folder / 'theirs'}"))
    assert result.exit_code == 0, result.output
    content = json.loads((folder / "scores/figures.json").read_text())
    assert {key for key in content if "kernel_distance" in key or "frechet" in key} == {
        f"{name}_kernel_distance", f"{name}_kernel_distance_std", f"{name}_frechet_distance",
    }  # fmt: skip
    assert set(content[f"{name}_kernel_distance"]) == {"ours", "rival"}
    # The rival's pictures have other colours and contrast, ours are mirrored.
    assert content[f"{name}_kernel_distance"]["rival"] > content[f"{name}_kernel_distance"]["ours"]
    assert content["protocol"][f"{name}_features"]["num_features"] == 1280
    assert f"| {name}_kernel_distance |" in result.stdout


def test_larger_photographs_need_a_named_filter(folder):
    for name in NAMES:
        photo = read_photo(folder / f"real/{name}.png")
        write_png(folder / f"real/{name}.png", photo.repeat(2, axis=0).repeat(2, axis=1))
    assert "name a filter with --resize" in str(run(folder).exception)
    assert run(folder, "--resize", "bicubic").exit_code == 0
    protocol = json.loads((folder / "scores/figures.json").read_text())["protocol"]
    assert "Pillow bicubic (antialiased when it shrinks)" in protocol["image_resize_filter"]


def as_jpeg(folder):
    Image.open(folder / "ours/street_0.png").save(folder / "ours/street_0.jpg")


def jpeg_named_png(folder):
    Image.open(folder / "ours/street_0.png").save(folder / "ours/street_0.png", format="JPEG")


def smaller(folder):
    write_png(folder / "ours/street_3.png", np.zeros((16, 24, 3), np.uint8))


def without_partner(folder):
    (folder / "real/street_4.png").unlink()


def with_alpha(folder):
    Image.fromarray(np.zeros((HEIGHT_PX, WIDTH_PX, 4), np.uint8)).save(folder / "ours/street_1.png")


def unknown_colour(folder):
    write_png(folder / "layouts/street_5.png", np.full((HEIGHT_PX, WIDTH_PX, 3), (77, 78, 79), np.uint8))


def truncated(folder):
    path = folder / "ours/street_5.png"
    path.write_bytes(path.read_bytes()[:-200])


def empty(folder):
    shutil.rmtree(folder / "ours")
    (folder / "ours").mkdir()


def no_classes(folder):
    (folder / "classes.json").unlink()


def occupied(folder):
    (folder / "scores").mkdir()
    (folder / "scores/notes.txt").write_text("mine")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (as_jpeg, r"ours/street_0.jpg: is no PNG: lossy compression changes spectrum and features"),
        (jpeg_named_png, r"street_0.png: is no PNG.*found JPEG under the name of a PNG"),
        (smaller, r"street_3.png: another size, expected 48 x 32 px.*found 24 x 16 px"),
        (without_partner, r"real: no file for 1 of the names in .*ours, expected 'street_4.png'"),
        (with_alpha, r"street_1.png: is no picture of 8-bit colours.*found RGBA"),
        (unknown_colour, r"street_5.png: colour \(77, 78, 79\)"),
        (truncated, r"street_5.png: picture is damaged"),
        (empty, r"ours: no PNG files"),
        (no_classes, r"classes.json: class table not found"),
        (occupied, r"scores: exists and is no evaluation"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_written(folder, change, message):
    change(folder)
    before = {path for path in folder.rglob("*")}
    with pytest.raises(SimsError, match=message) as caught:
        raise run(folder).exception
    assert "\n" not in str(caught.value)
    assert {path for path in folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (lambda folder: networks(folder, subset_size=6), "--subset-size: too many pictures per subset.*the 6 pictures"),
        (lambda folder: ["--subset-size", 3, "--inception", folder / "none.pt"], "none.pt: TorchScript file not found"),
        (lambda folder: ["--subset-size", 3, "--dinov2", folder / "none"], "none: is no local transformers model"),
        (lambda folder: ["--subset-size", 3, "--segmenter", folder], "is no segmenter"),
    ],
)
def test_wrong_options_are_one_line(folder, more, message):
    with pytest.raises(SimsError, match=message):
        raise run(folder, *more(folder)).exception
    assert not (folder / "scores").exists()


def test_rows_have_names_that_differ(tmp_path):
    (tmp_path / "a/val").mkdir(parents=True)
    assert name_rows([f"{tmp_path}/a/val/", f"spade={tmp_path}/b/val"]) == {
        "val": tmp_path / "a/val",
        "spade": tmp_path / "b/val",
    }
    for folders in (["a/val", "b/val"], ["real"], ["shuffled_layout=x"], ["layouts"]):
        with pytest.raises(SimsError, match=r"cannot name a row.*say NAME=FOLDER"):
            name_rows(folders)


def test_samples_are_read_in_the_order_of_names_with_layouts_in_either_form(made):
    folders = open_picture_folders({"ours": made / "ours"}, made / "layouts", made / "real", CLASSES, None)
    assert folders.names == NAMES
    for number, sample in enumerate(folders.samples(seed=0)):
        np.testing.assert_array_equal(sample.layout, layout(number))
        assert list(sample.pictures) == ["real", "ours"]
        assert (sample.other_layout != sample.layout).any()


def compare(first, second):
    result = CliRunner().invoke(commands, ["results", "compare", str(first), str(second)])
    if result.exception:
        raise result.exception
    return result.stdout


def test_two_methods_by_one_protocol_are_compared(folder):
    for name in ("ours", "theirs"):
        assert run(folder, *networks(folder), images=(name,), out=f"scores_{name}").exit_code == 0
    first, second = (folder / f"scores_{name}/figures.json" for name in ("ours", "theirs"))
    lines = compare(first, second).splitlines()
    figures = [json.loads(path.read_text()) for path in (first, second)]
    difference = figures[1]["l1"]["theirs"] - figures[0]["l1"]["ours"]
    (line,) = [line for line in lines if line.startswith("| l1 |")]
    assert "ours → theirs" in line
    assert "[" in line
    assert line.endswith(f"| {difference:+.4g} |")
    assert not [line for line in lines if "real photographs" in line]
