"""The memory bank: segments of photos, extracted, described in bits, known by id.

May import: base, scenes, formats.
"""
