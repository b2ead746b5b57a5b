"""Figures and pictures of finished runs as pages."""
