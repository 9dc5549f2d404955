"""Pictures of single tracks: matplotlib on top of what classifying needs."""
