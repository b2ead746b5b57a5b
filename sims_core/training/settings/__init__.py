"""What each training can be told: one section of params.yaml and one file per network."""
