"""Random streams: one for each key, the same one wherever and whenever it is asked for."""

import numpy as np

from sims_core.base.seeding import derive_seed, random_stream


def test_every_key_has_a_stream_of_its_own():
    keys = [
        (0, "simulate", "t0", 1),
        (1, "simulate", "t0", 1),
        (0, "compose", "t0", 1),
        (0, "simulate", "t1", 1),
        (0, "simulate", "t0", 2),
        (0, "simulate", "t0"),
        (0, "t0", "simulate", 1),
        (0,),
    ]
    assert len({derive_seed(*key) for key in keys}) == len(keys)
    assert len({random_stream(*key).bytes(16) for key in keys}) == len(keys)


def test_a_stream_does_not_depend_on_what_others_were_asked_for():
    first = random_stream(0, "simulate", "a", 1).random(4)
    random_stream(0, "simulate", "b", 1).random(100)
    assert np.array_equal(first, random_stream(0, "simulate", "a", 1).random(4))


def test_where_one_part_of_a_key_ends_counts():
    # Scene 1 variant 12, and scene 11 variant 2: joined without a separator both are 112.
    assert derive_seed(0, "canvas", 1, 12) != derive_seed(0, "canvas", 11, 2)
    assert derive_seed(0, "ab", "c") != derive_seed(0, "a", "bc")
    assert len({derive_seed(0, *key) for key in (("ab",), ("a", "b"), ("a b",), ("a,b",))}) == 4


def test_parts_are_compared_by_their_text():
    assert derive_seed(0, "t0", np.int64(3)) == derive_seed(0, "t0", 3) == derive_seed(0, "t0", "3")


def test_a_stream_is_the_same_in_every_version():
    # As found once: other numbers would be other pictures of the same seed.
    assert derive_seed(0, "simulate", "t0", 1) == 3216620598455195673
    assert random_stream(3, "compose", "v1").integers(0, 1000, 4).tolist() == [478, 537, 909, 113]


def test_derived_seeds_have_63_bits():
    seeds = [derive_seed(0, number) for number in range(50)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    # Of 50 seeds the largest is below half of the range once in 2 ** 50.
    assert max(seeds) >= 2**62
