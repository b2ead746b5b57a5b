"""On-disk formats: one module per artifact, used by the stage that writes it and the one that reads it."""
