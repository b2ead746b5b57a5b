"""What has nothing to do with pictures' meaning: errors, files, parameters, randomness, processes, entry points.

May import: nothing of the project.
"""
