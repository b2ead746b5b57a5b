"""What has nothing to do with pictures' meaning: errors, files, parameters, randomness, processes, entry points."""
