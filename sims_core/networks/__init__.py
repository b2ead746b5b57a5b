"""Network architectures: plain numbers in the constructor, one file each."""
