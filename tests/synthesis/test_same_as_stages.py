"""The library's photographs are those of the pipeline: stages and `Synthesizer` share one loop of variants."""

from dataclasses import fields, replace
from shutil import copytree

import numpy as np
from ruamel.yaml import YAML

from sims_core import Synthesizer
from sims_core.formats.canvases import Canvas, CanvasReader
from sims_core.formats.scenes import SceneReader, write_scenes
from sims_core.formats.synthesized import read_images
from tests.support.artifacts import sign_all
from tests.support.project import run_stages


def test_stages_and_library_make_the_same_bytes_of_one_layout(finished_project, tmp_path):
    """A scene without name and instances is to the stages what a painted layout is to the library."""
    reader = SceneReader(finished_project / "data/scenes")
    asked = replace(reader.load(reader.ids("val")[0]), scene_id="", instances=None)
    write_scenes(tmp_path / "data/scenes", reader.classes, [reader.load(reader.ids("train")[0]), asked])
    (tmp_path / "params.yaml").write_bytes((finished_project / "params.yaml").read_bytes())
    for name in ("bank", "models"):
        copytree(finished_project / "data" / name, tmp_path / "data" / name)
    sign_all(tmp_path / "data")  # bank and models are of other scenes than these
    run_stages(tmp_path, ["retrieve", "compose", "synthesize"])
    canvases, photos = CanvasReader(tmp_path / "data/canvases"), read_images(tmp_path / "data/synthesized")

    synthesizer = Synthesizer(finished_project)
    num_variants = YAML(typ="safe", pure=True).load(finished_project / "params.yaml")["compose"]["num_variants"]
    assert num_variants > 1
    results = list(synthesizer.variants(synthesizer.retrieve(asked.labels), num_variants))
    assert list(canvases) == list(photos) == [("", variant) for variant in range(num_variants)]
    for (name, variant), result in zip(canvases, results, strict=True):
        canvas = canvases.load(name, variant)
        for field in fields(Canvas):
            assert np.array_equal(getattr(result.canvas, field.name), getattr(canvas, field.name)), field.name
        assert np.array_equal(result.photo, photos[name, variant])
