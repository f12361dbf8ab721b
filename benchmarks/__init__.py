"""Figures, never assertions on time: `python -m benchmarks NAME`."""
