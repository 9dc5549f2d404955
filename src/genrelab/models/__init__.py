"""Models: one file for one idea."""
