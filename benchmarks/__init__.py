"""Measurements behind the documentation: run one as ``python -m benchmarks.evaluation``."""
