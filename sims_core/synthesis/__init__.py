"""A layout of yours to photographs with credits: the public interface of a finished project.

May import: base, scenes, formats, networks, drawing, bank, retrieval, composition.
"""
