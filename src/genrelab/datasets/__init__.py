"""Data sets: one module each, with one function ``load(root) -> Dataset``."""
