"""Running bundles: NumPy, SciPy and ONNX Runtime, no training library."""
