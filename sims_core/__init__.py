"""SIMS: semi-parametric image synthesis from semantic layouts (Qi, Chen, Jia, Koltun, CVPR 2018)."""

__version__ = "0.1.0"
