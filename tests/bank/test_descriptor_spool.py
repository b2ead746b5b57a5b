import io
import tempfile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sims_core.bank.blocks import pack
from sims_core.bank.descriptor_spool import DescriptorSpool
from sims_core.bank.descriptors import Descriptor
from sims_core.scenes.classes import VOID

GRID = (24, 40)
NUM_CATEGORIES = 19


def any_descriptor(seed):
    """A packed descriptor of a random rectangle on random labels; now and then of nothing."""
    random = np.random.default_rng(seed)
    mask, context = np.zeros(GRID, bool), np.full(GRID, VOID, np.uint8)
    top, left = random.integers(GRID)
    mask[top : top + 9, left : left + 9] = random.random() < 0.8
    context[top:, left:] = random.integers(NUM_CATEGORIES, size=context[top:, left:].shape)
    return pack(Descriptor(mask, context), NUM_CATEGORIES)


def assert_same(found, expected):
    for name in ("mask_box", "context_box", "mask_area", "context_area", "block_box"):
        assert getattr(found, name) == getattr(expected, name)
    for name in ("sketch", "words"):
        assert getattr(found, name).dtype == getattr(expected, name).dtype
        assert np.array_equal(getattr(found, name), getattr(expected, name))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**6)), max_size=20))
def test_each_category_gets_its_descriptors_back_in_order(added):
    with tempfile.TemporaryFile() as file:
        spool = DescriptorSpool(file, NUM_CATEGORIES)
        for number, (category, seed) in enumerate(added):
            spool.add(category, number, 2 * number, any_descriptor(seed))
        expected = {category: [n for n, (of, _) in enumerate(added) if of == category] for category, _ in added}
        assert spool.num_segments() == {category: len(expected[category]) for category in sorted(expected)}
        for category, numbers in expected.items():
            found = spool.of(category)
            assert (found.photos.tolist(), found.components.tolist()) == (numbers, [2 * n for n in numbers])
            for row, (number, descriptor) in enumerate(zip(numbers, found, strict=True)):
                assert_same(descriptor, any_descriptor(added[number][1]))
                assert_same(found[row], descriptor)


def test_sketches_and_words_are_in_the_file():
    file, descriptor = io.BytesIO(), any_descriptor(1)
    spool = DescriptorSpool(file, NUM_CATEGORIES)
    for number in range(5):
        spool.add(0, number, 0, descriptor)
    assert len(file.getvalue()) == 5 * (descriptor.sketch.nbytes + descriptor.words.nbytes)
