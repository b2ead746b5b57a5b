import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sims_core.simulation.colour_transfer import transfer_colours, transport_map

seeds = st.integers(0, 2**32 - 1)


def covariance(rng):
    """Of colours, with standard deviations between about 0.05 and 0.5."""
    mixing = rng.normal(size=(3, 3)) * 0.1
    return mixing @ mixing.T + 0.0025 * np.eye(3)


def palette(rng):
    """Colours about a mean in the middle, with spreads of 6 to 20 along random axes, so that none is clipped."""
    axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    drawn = rng.uniform(-np.sqrt(3), np.sqrt(3), size=(4000, 3)) * rng.uniform(6, 20, 3)
    return np.round(rng.uniform(110, 145, 3) + drawn @ axes).astype(np.uint8)


def moments(colours):
    return colours.mean(axis=0), np.cov(colours.astype(float), rowvar=False)


def test_one_channel_each_by_hand():
    # Standard deviations 0.1, 0.2, 0.3 become 0.2, 0.2, 0.15: factors 2, 1 and a half.
    source, target = np.diag([0.01, 0.04, 0.09]), np.diag([0.04, 0.04, 0.0225])
    assert np.allclose(transport_map(source, target), np.diag([2, 1, 0.5]), rtol=1e-3)


def test_two_greys_by_hand():
    source = np.repeat(np.array([[100], [120]], dtype=np.uint8), 3, axis=1)
    target = np.repeat(np.array([[50], [90]], dtype=np.uint8), 3, axis=1)
    # Mean 110 -> 70 and a spread of 20 -> 40: 110 is in the middle, 115 twice as far from 70.
    pixels = np.repeat(np.array([[100], [110], [115], [120]], dtype=np.uint8), 3, axis=1)
    assert np.abs(transfer_colours(pixels, source, target)[:, 0].astype(int) - [50, 70, 80, 90]).max() <= 1


def test_palettes_of_different_size_by_hand():
    # Sample variances: of 100 and 120 it is 200, of 60, 80, 80 and 100 it is 800 / 3. Factor 1.1547, 115 -> 80 + 5.77.
    source, target, pixels = (
        np.repeat(np.array(values, dtype=np.uint8)[:, None], 3, axis=1)
        for values in ([100, 120], [60, 80, 80, 100], [90, 110, 115, 130])
    )
    assert transfer_colours(pixels, source, target)[:, 0].tolist() == [57, 80, 86, 103]


@given(seed=seeds)
def test_map_turns_one_covariance_into_the_other(seed):
    rng = np.random.default_rng(seed)
    source, target = covariance(rng), covariance(rng)
    transport = transport_map(source, target)
    assert np.allclose(transport @ source @ transport, target, rtol=2e-3, atol=1e-5)
    assert np.allclose(transport, transport.T)
    # Of the maps that do so, the symmetric one without mirroring moves colours the least.
    assert (np.linalg.eigvalsh(transport) >= 0).all()


@given(seed=seeds)
def test_equal_covariances_need_no_map(seed):
    source = covariance(np.random.default_rng(seed))
    assert np.allclose(transport_map(source, source), np.eye(3), atol=1e-3)


@given(seed=seeds)
def test_mean_and_covariance_of_the_target_are_reached(seed):
    rng = np.random.default_rng(seed)
    source, target = palette(rng), palette(rng)
    moved_mean, moved_covariance = moments(transfer_colours(source, source, target))
    mean, wanted = moments(target)
    assert np.abs(moved_mean - mean).max() < 0.5
    assert np.abs(moved_covariance - wanted).max() < 0.02 * wanted.max() + 1


def test_a_palette_is_moved_onto_itself_unchanged():
    colours = palette(np.random.default_rng(0))
    assert np.abs(transfer_colours(colours, colours, colours).astype(int) - colours).max() <= 1


def test_pixels_need_not_be_the_palette():
    rng = np.random.default_rng(1)
    source, target = palette(rng), palette(rng)
    moved = transfer_colours(source, source, target)
    assert np.array_equal(transfer_colours(source[:7], source, target), moved[:7])
    assert transfer_colours(source[:0], source, target).shape == (0, 3)


def test_flat_source_is_left_alone():
    rng = np.random.default_rng(2)
    target = palette(rng)
    for noise in (0, 2):  # a constant, and a constant with the noise of a JPEG
        flat = (128 + rng.integers(-noise, noise + 1, (500, 3))).astype(np.uint8)
        assert np.array_equal(transfer_colours(flat, flat, target), flat)
    pixels = rng.integers(0, 256, (9, 3), dtype=np.uint8)
    assert np.array_equal(transfer_colours(pixels, flat, target), pixels)


def test_fewer_than_two_colours_are_no_palette():
    rng = np.random.default_rng(3)
    pixels = colours = palette(rng)
    for source, target in ((colours, colours[:1]), (colours[:1], colours), (colours[:0], colours[:0])):
        assert np.array_equal(transfer_colours(pixels, source, target), pixels)


def test_flat_target_gives_its_colour():
    source = palette(np.random.default_rng(4))
    target = np.full((10, 3), (10, 200, 90), dtype=np.uint8)
    assert (transfer_colours(source, source, target) == (10, 200, 90)).all()


def test_colours_are_clipped_not_wrapped_around():
    grey = np.arange(100, 140, dtype=np.uint8)[:, None].repeat(3, axis=1)
    wide = np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8)
    moved = transfer_colours(grey, grey, wide)[:, 0].astype(int)
    assert (np.diff(moved) >= 0).all()
    assert moved[0] == 0
    assert moved[-1] == 255


def test_source_without_spread_in_one_channel_stays_finite():
    rng = np.random.default_rng(5)
    source = palette(rng)
    source[:, 2] = 77
    moved = transfer_colours(source, source, palette(rng))
    assert len(np.unique(moved[:, 0])) > 10  # the other channels are still moved
    assert moved.std(axis=0).max() < 128
