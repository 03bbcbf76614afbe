"""Sweeps as jobs: schedule, queue, discovery, rate limits and workers."""
