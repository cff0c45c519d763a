"""Benchmarks of the message layer: ``make bench``."""
