"""Checks of a dataset before anything is made of it: facts of every scene, what is wrong with them, and a page."""
