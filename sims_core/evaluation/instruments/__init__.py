"""Networks that measure: segmenters and feature extractors, loaded from files."""
