"""Depth in files, by hand: metric depth in centimetres, relative depth in steps of the picture's range."""

import numpy as np

from sims_core.formats.depth import DepthReader, decode_disparity, encode_disparity, write_depth_maps
from sims_core.formats.scenes import decode_depth, encode_depth
from sims_core.scenes.depth_maps import MetricDepth, RelativeDepth

# Unknown, next to nothing, rounded down, rounded up, the farthest of centimetres, farther, and the sky.
METRES = np.array([[0, 0.001, 1.234, 1.236, 655.34, 700, np.inf]], dtype=np.float32)
CENTIMETRES = [[0, 1, 123, 124, 65534, 65534, 65535]]


def test_metres_are_rounded_to_centimetres_and_only_the_sky_is_infinite():
    assert encode_depth(METRES).tolist() == CENTIMETRES
    assert encode_depth(METRES).dtype == np.uint16
    again = decode_depth(np.array(CENTIMETRES, dtype=np.uint16))
    assert again.dtype == np.float32
    assert again.tolist() == [[0, *(np.float32(value) / np.float32(100) for value in (1, 123, 124)), *again[0, 4:]]]
    assert np.allclose(again[0, 4:6], 655.34)
    assert np.isinf(again[0, 6])


def test_the_farthest_pixel_is_no_sky_and_the_nearest_is_the_largest():
    disparity = np.array([[-np.inf, 0, 0.5, 1]], dtype=np.float32)
    assert encode_disparity(disparity).tolist() == [[0, 1, 32768, 65535]]
    assert encode_disparity(disparity).dtype == np.uint16
    assert decode_disparity(np.array([[0, 1, 32768, 65535]], dtype=np.uint16)).tolist() == disparity.tolist()


def test_either_type_comes_back_with_its_source(tmp_path):
    maps = {"b": MetricDepth(np.array([[1, 2]], dtype=np.float32), "sensor")}
    maps["a"] = MetricDepth(np.array([[3, np.inf]], dtype=np.float32), "network")
    write_depth_maps(tmp_path / "metric", maps.items())
    write_depth_maps(
        tmp_path / "relative", [("c", RelativeDepth(np.array([[0, 1]], dtype=np.float32), "transformers"))]
    )
    reader = DepthReader(tmp_path / "metric")
    for scene_id, depth in maps.items():
        found = reader.load(scene_id)
        assert isinstance(found, MetricDepth)
        assert (found.depth_m.tolist(), found.source) == (depth.depth_m.tolist(), depth.source)
    relative = DepthReader(tmp_path / "relative").load("c")
    assert isinstance(relative, RelativeDepth)
    assert (relative.disparity.tolist(), relative.source) == ([[0, 1]], "transformers")
