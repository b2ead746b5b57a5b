"""Figures with their protocol: measures, instruments, and the scoring of runs and folders."""
