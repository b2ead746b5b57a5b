from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sims_core.datasets.synthetic_street import categories as category
from sims_core.datasets.synthetic_street import drawing
from sims_core.datasets.synthetic_street.atlas import Atlas, Texture
from sims_core.datasets.synthetic_street.camera import look_along
from sims_core.datasets.synthetic_street.geometry import Builder, Frame
from sims_core.datasets.synthetic_street.library import texture_library
from sims_core.datasets.synthetic_street.rasteriser import perspective_view, rasterise
from sims_core.datasets.synthetic_street.render import render_scene
from sims_core.datasets.synthetic_street.world import build_world
from sims_core.scenes.classes import Role
from sims_core.scenes.scene import Scene
from sims_core.scenes.street_categories import CANONICAL

NUM_SCENES = 16


@cache
def scene(number: int, height: int = 48, width: int = 96) -> Scene:
    return render_scene(3, f"street_{number:05d}", "train", height, width)


def opaque(value: float = 1.0) -> Texture:
    pixels = np.zeros((8, 8, 5), dtype=np.float32)
    pixels[..., 3:] = value
    return Texture(pixels, (1.0, 1.0))


def test_class_table_is_cityscapes_with_roles():
    assert len(CANONICAL) == 19
    assert CANONICAL.names[category.TRAFFIC_LIGHT] == "traffic light"
    assert CANONICAL.ids_with_role(Role.OBJECT) == list(range(category.PERSON, category.BICYCLE + 1))
    assert CANONICAL.ids_with_role(Role.PLANAR) == [category.ROAD, category.SIDEWALK, category.TERRAIN]
    assert CANONICAL.ids_with_role(Role.THIN) == [category.POLE, category.TRAFFIC_LIGHT, category.TRAFFIC_SIGN]
    assert CANONICAL.ids_with_role(Role.FOLIAGE) == [category.VEGETATION]


def test_frame_turns_to_the_right():
    frame = Frame(np.array([1.0, 0.0, 2.0]), np.pi / 2)
    np.testing.assert_allclose(frame.at((0, 0, 3)), (4, 0, 2), atol=1e-12)
    np.testing.assert_allclose(frame.at((3, 1, 0)), (1, 1, -1), atol=1e-12)


def test_camera_projects_a_point_where_expected():
    camera = look_along(np.array([0.0, 1.5, 0.0]), 0.0, 0.0, 0.0, 1.0)
    x, y, z = camera.pixel_matrix(100, 200) @ camera.rotation @ (np.array([1.0, 0.0, 10.0]) - camera.position_m)
    assert (x / z, y / z, z) == (100 + 200 * 1 / 10, 50 + 200 * 1.5 / 10, 10.0)


def square(builder: Builder, z: float, half: float, label: int) -> None:
    builder.begin(label)
    builder.quad([(-half, -half, z), (half, -half, z), (half, half, z), (-half, half, z)], "full")


def test_rasteriser_keeps_the_nearer_and_gives_exact_depth():
    atlas = Atlas({"full": opaque()})
    builder = Builder(np.zeros(3), atlas.size_m)
    square(builder, 4.0, 1.0, 1)
    square(builder, 8.0, 4.0, 2)
    camera = look_along(np.zeros(3), 0.0, 0.0, 0.0, 1.0)
    matrix = camera.pixel_matrix(20, 20) - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])
    winner, nearness = rasterise(perspective_view(builder.surfaces, camera, matrix), builder.surfaces, atlas, 20, 20)
    # Half sizes on screen: 20 * 1 / 4 = 5 pixels and 20 * 4 / 8 = 10 pixels around the middle.
    assert (winner[5:15, 5:15] == 0).all()
    assert (winner == 0).sum() == 100
    assert (winner == 1).sum() == 300
    np.testing.assert_allclose(1 / nearness[winner == 0], 4.0)
    np.testing.assert_allclose(1 / nearness[winner == 1], 8.0)


def test_one_sided_surface_is_invisible_from_behind():
    atlas = Atlas({"full": opaque()})
    camera = look_along(np.array([0.0, 0.0, 8.0]), np.pi, 0.0, 0.0, 1.0)
    builder = Builder(camera.position_m, atlas.size_m)
    square(builder, 4.0, 1.0, 1)
    matrix = camera.pixel_matrix(20, 20)
    winner, _ = rasterise(perspective_view(builder.surfaces, camera, matrix), builder.surfaces, atlas, 20, 20)
    assert (winner == -1).all()


def test_neighbouring_polygons_neither_overlap_nor_leave_cracks():
    atlas = Atlas({"full": opaque()})
    camera = look_along(np.array([0.0, 1.3, 0.0]), 0.03, 0.1, 0.02, 0.9)
    matrix = camera.pixel_matrix(60, 80)

    def winner_of(cuts: list[float]) -> np.ndarray:
        builder = Builder(camera.position_m, atlas.size_m)
        for low, high in pairwise(cuts):
            builder.quad([(-30, 0, low), (30, 0, low), (30, 0, high), (-30, 0, high)], "full")
        view = perspective_view(builder.surfaces, camera, matrix)
        return rasterise(view, builder.surfaces, atlas, 60, 80)[0]

    np.testing.assert_array_equal(winner_of([-2, 3, 5, 9, 50]) >= 0, winner_of([-2, 50]) >= 0)


def test_holes_show_what_lies_behind():
    half = opaque()
    half.pixels[:, 4:] = 0.0
    atlas = Atlas({"half": half, "full": opaque()})
    camera = look_along(np.zeros(3), 0.0, 0.0, 0.0, 1.0)
    builder = Builder(camera.position_m, atlas.size_m)
    builder.quad([(-1, -1, 4), (1, -1, 4), (1, 1, 4), (-1, 1, 4)], "half")
    matrix = camera.pixel_matrix(20, 20) - np.array([[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]])
    winner, _ = rasterise(perspective_view(builder.surfaces, camera, matrix), builder.surfaces, atlas, 20, 20)
    assert (winner[5:15, 5:10] == 0).all()
    assert (winner[:, 10:] == -1).all()


def test_texture_lookup_is_bilinear_and_wraps():
    ramp = opaque()
    ramp.pixels[:, :, 3] = np.arange(8) / 8
    atlas = Atlas({"ramp": ramp})
    u = np.array([0.5, 4.0, 8.0]) / 8
    found = atlas.sample(np.zeros(3, dtype=np.int64), u, np.full(3, 0.5), np.zeros(3))[:, 3]
    np.testing.assert_allclose(found, [0.0, 3.5 / 8, 3.5 / 8], atol=1 / 255)


def test_same_arguments_give_the_same_bytes():
    first, second = scene(0), render_scene(3, "street_00000", "train", 48, 96)
    assert first.instances is not None
    assert second.instances is not None
    assert first.depth_m is not None
    assert second.depth_m is not None
    for a, b in (
        (first.photo, second.photo),
        (first.labels, second.labels),
        (first.instances, second.instances),
        (first.depth_m, second.depth_m),
    ):
        assert a.tobytes() == b.tobytes()


def test_scenes_and_seeds_differ():
    assert (scene(0).labels != scene(1).labels).mean() > 0.1
    other = render_scene(4, "street_00000", "train", 48, 96)
    assert (scene(0).labels != other.labels).mean() > 0.1


def test_split_and_licence_are_passed_on():
    found = render_scene(3, "street_00000", "val", 48, 96)
    assert found.split == "val"
    assert "scikit-image" in found.licence
    np.testing.assert_array_equal(found.photo, scene(0).photo)


@pytest.mark.parametrize(("height", "width"), [(48, 96), (72, 96), (64, 48), (33, 71)])
def test_any_picture_size(height: int, width: int):
    found = render_scene(3, "street_00002", "train", height, width)
    assert found.photo.shape == (height, width, 3)
    assert found.photo.dtype == np.uint8
    assert found.labels.shape == (height, width)
    assert found.labels.dtype == np.uint8
    assert found.instances is not None
    assert found.instances.dtype == np.uint16
    assert found.depth_m is not None
    assert found.depth_m.dtype == np.float32


def test_content_does_not_depend_on_resolution():
    large, small = scene(1, 144, 288), scene(1)
    # The small picture's pixel centres are the centres of 3 x 3 blocks.
    same = large.labels[1::3, 1::3] == small.labels
    assert same.mean() > 0.97
    assert large.depth_m is not None
    assert small.depth_m is not None
    finite = same & np.isfinite(small.depth_m) & (small.labels == category.ROAD)
    np.testing.assert_allclose(large.depth_m[1::3, 1::3][finite], small.depth_m[finite], rtol=1e-5)


@pytest.mark.parametrize("number", range(4))
def test_road_depth_is_that_of_the_ground_plane(number: int):
    found = scene(number)
    camera = build_world(3, found.scene_id).camera
    rows, columns = np.nonzero(found.labels == category.ROAD)
    focal = camera.focal_widths * 96
    in_camera = np.stack([(columns + 0.5 - 48) / focal, (rows + 0.5 - 24) / focal, np.ones(len(rows))], axis=1)
    drop = in_camera @ camera.rotation[:, 1]
    assert found.depth_m is not None
    np.testing.assert_allclose(found.depth_m[rows, columns], -camera.position_m[1] / drop, rtol=1e-5)


def test_labels_instances_and_depth_are_consistent():
    objects = CANONICAL.ids_with_role(Role.OBJECT)
    for number in range(NUM_SCENES):
        found = scene(number)
        assert found.instances is not None
        assert found.depth_m is not None
        assert found.labels.max() < len(CANONICAL)
        np.testing.assert_array_equal(found.instances > 0, np.isin(found.labels, objects))
        for instance in np.unique(found.instances[found.instances > 0]):
            assert len(np.unique(found.labels[found.instances == instance])) == 1
        np.testing.assert_array_equal(np.isinf(found.depth_m), found.labels == category.SKY)
        assert found.depth_m.min() > 0.2


def test_all_categories_occur():
    counts = np.zeros(len(CANONICAL), dtype=int)
    for number in range(NUM_SCENES):
        counts += np.bincount(scene(number).labels.reshape(-1), minlength=len(CANONICAL)) >= 5
    assert (counts >= 1).all(), dict(zip(CANONICAL.names, counts.tolist(), strict=True))
    assert counts[[category.ROAD, category.BUILDING, category.CAR]].min() >= NUM_SCENES - 2


def test_riders_sit_on_something():
    for number in range(NUM_SCENES):
        surfaces = build_world(3, scene(number).scene_id).surfaces
        vehicles = {s.instance for s in surfaces if s.label in (category.BICYCLE, category.MOTORCYCLE)}
        riders = {s.instance for s in surfaces if s.label == category.RIDER}
        assert all(rider - 1 in vehicles for rider in riders)


def test_every_surface_lies_in_its_plane():
    for surface in build_world(3, "street_00005").surfaces:
        normal = np.cross(surface.anchor_m[1], surface.anchor_m[2])
        away = (surface.corners_m - surface.anchor_m[0]) @ normal / np.linalg.norm(normal)
        assert np.abs(away).max() < 1e-6, surface.texture


def test_contact_darkens_the_ground_below():
    builder = Builder(np.zeros(3), texture_library().size_m)
    builder.contact(Frame(np.array([1.0, 0.0, 10.0]), 0.0), 1.0, 2.0, 0.8)
    outline, darkness = builder.footprints[0]
    assert darkness == 0.8
    np.testing.assert_allclose(outline, [(0, 8), (2, 8), (2, 12), (0, 12)])


def test_textures_come_from_the_installed_package_alone(monkeypatch: pytest.MonkeyPatch):
    import skimage

    opened: list[Path] = []
    read = drawing.read_rgb

    def watched(path: Path) -> np.ndarray:
        opened.append(path)
        return read(path)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr(drawing, "read_rgb", watched)
    monkeypatch.setattr("socket.socket.connect", refuse)
    drawing.bundled_photo.cache_clear()
    drawing.flat_photo.cache_clear()
    texture_library.__wrapped__()
    assert opened
    assert all(path.parent == Path(skimage.__file__).parent / "data" for path in opened)
