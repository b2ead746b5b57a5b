"""Damaged inputs for `benchmarks/damage.py`: what is damaged, how, and what became of it.

May import: every package.
"""
