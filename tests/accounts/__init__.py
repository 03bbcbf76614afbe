"""Tests of users, organizations and onboarding."""
