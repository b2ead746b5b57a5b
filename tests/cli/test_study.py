"""`sims study` from pictures in folders to a figure, and what it says to wrong input."""

import json

import pytest
from typer.testing import CliRunner

from sims_core.base.errors import SimsError
from sims_core.base.files import write_json
from sims_core.base.pictures import write_png
from sims_core.cli.app import commands
from tests.support.small_project import CLASSES, layout, scene

NAMES = [f"street_{number:02d}" for number in range(60)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Layouts, their photos, and the pictures of two methods."""
    root = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(NAMES):
        photo = scene(name, "val", number % 6).photo
        photo = (photo // 2 + number).astype("uint8")
        write_png(root / f"layouts/{name}.png", layout(number % 6))
        write_png(root / f"real/{name}.png", photo)
        write_png(root / f"ours/{name}.png", photo[:, ::-1])
        write_png(root / f"theirs/{name}.png", photo[::-1])
    write_json(root / "classes.json", CLASSES.model_dump(mode="json"))
    return root


def run(*arguments):
    result = CliRunner().invoke(commands, ["study", *map(str, arguments)])
    if isinstance(result.exception, SimsError):
        raise result.exception
    return result


def make(folder, out, *more, images=("ours", "theirs")):
    named = [folder / name for name in images]
    return run("make", *named, "--layouts", folder / "layouts", "--classes", folder / "classes.json", "-o", out, *more)


def test_from_folders_to_a_figure(folder, tmp_path):
    out = tmp_path / "study"
    made = make(folder, out, "--real", folder / "real", "--raters", 12, "--exposure", 250, "--exposure", 1000)
    assert made.exit_code == 0, made.output
    assert "each of 12 raters has 144 trials (120 main, 12 sentinel, 12 repeat)" in made.output
    played = run("simulate", "--study", out, "-o", tmp_path / "answers", "--raters", 10, "--guessing", 1)
    assert played.exit_code == 0, played.output
    figures, page = tmp_path / "study.json", tmp_path / "page"
    done = run("analyse", tmp_path / "answers", "--study", out, "-o", figures, "--page", page)
    assert done.exit_code == 0, done.output
    assert "left out: simulated-0010," in done.output
    content = json.loads(figures.read_text())
    assert set(content["preferences"]["timed"]) == {"ours_over_theirs", "ours_over_real", "theirs_over_real"}
    assert set(content["preferences"]["timed"]["ours_over_real"]) == {"250", "1000"}
    assert (page / "index.html").exists()


def test_one_block_and_no_real_photographs(folder, tmp_path):
    assert make(folder, tmp_path / "study", "--block", "real", "--trials", 60, "--raters", 1).exit_code == 0
    manifest = json.loads((tmp_path / "study/page/manifest.json").read_text())
    assert (list(manifest["questions"]), manifest["num_methods"], manifest["exposures_ms"]) == (["real"], 2, [])


def test_the_plan_is_said_in_a_line():
    assert "194 answers" in run("plan", 0.6).output


@pytest.mark.parametrize(
    ("more", "images", "message"),
    [
        (["--block", "sound"], ("ours", "theirs"), "--block sound: is no block, expected real, layout, timed"),
        ([], ("ours",), "ours: is alone, expected two folders of pictures to compare"),
        ([], ("ours", "absent"), "absent: folder not found"),
        (["--trials", "500"], ("ours", "theirs"), "--trials 500: asks each rater in block 'real' for more than there"),
        (["--text", "absent.md"], ("ours", "theirs"), "absent.md: not found"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_written(folder, tmp_path, more, images, message):
    with pytest.raises(SimsError) as caught:
        make(folder, tmp_path / "study", *more, images=images)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "study").exists()


def test_what_is_no_study_is_said(tmp_path):
    for command in (["serve", tmp_path], ["analyse", tmp_path, "--study", tmp_path], ["simulate", "--study", tmp_path]):
        with pytest.raises(SimsError, match="is no study"):
            run(*command, *(["-o", tmp_path / "out"] if command[0] != "serve" else []))
    with pytest.raises(SimsError, match="folders need --layouts"):
        run("make", tmp_path, tmp_path, "-o", tmp_path / "out")


def test_no_method_has_the_name_of_a_path(folder, tmp_path):
    """A name is for the key alone: files are named by their content."""
    images = (f"../../up={folder / 'ours'}", str(folder / "theirs"))
    arguments = ["--layouts", folder / "layouts", "--classes", folder / "classes.json", "--raters", 1]
    assert run("make", *images, *arguments, "-o", tmp_path / "in/study").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["study"]
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]
