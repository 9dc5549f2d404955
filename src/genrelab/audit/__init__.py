"""Checking a data set itself: copies, leaks, faulty files and suspicious labels."""
