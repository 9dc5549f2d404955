"""Pictures of single tracks: what is heard, and when."""
