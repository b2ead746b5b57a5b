"""Speed, memory, the diversity of variants and damaged inputs, each a module to run by hand."""
