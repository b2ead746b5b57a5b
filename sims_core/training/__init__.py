"""Training of every network: one loop, examples, and a task and a settings file per network.

May import: base, scenes, formats, networks, depth, datasets, layouts, simulation.
"""
