"""Tests of the evaluation of IAM policies."""
