"""Runs sweeps: schedule, queue jobs, discovery, pacing and the workers that claim accounts."""
