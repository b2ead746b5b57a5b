"""Figures of any folders of pictures, without a project."""
