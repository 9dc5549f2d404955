"""Fitting models on folds, and running recipes."""
