"""Benchmarks, each a ratio to raw PostgreSQL in the same run: `python -m tests.load`."""
