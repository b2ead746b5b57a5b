"""Label maps that people paint: read, translated, made coarse, exported."""
