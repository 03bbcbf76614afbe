"""Tests of the benchmarks, and tests that need a benchmark's replay server."""
