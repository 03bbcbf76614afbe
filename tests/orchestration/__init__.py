"""Tests of requests, jobs, discovery and the scheduler."""
