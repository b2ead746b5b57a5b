"""The `sims` command: one module per command; heavy imports inside commands.

May import: every package.
"""
