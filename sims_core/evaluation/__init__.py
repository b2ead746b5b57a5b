"""Metrics with their protocols, one module per metric family."""
