"""A browser that fails the test when the page complains; see tests/conftest.py for the rest."""
