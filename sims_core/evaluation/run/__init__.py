"""Figures of a run of the pipeline, one module per metrics file."""
