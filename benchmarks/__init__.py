"""Benchmarks: cases times rivals, side by side, from the same start. See __main__.py."""
