"""Front ends: from samples to what a model sees."""
