"""One module per dataset: what a download holds, and how its files become label maps, instances and depth."""
