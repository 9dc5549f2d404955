"""Evaluation: predictions in, numbers and pages out."""
