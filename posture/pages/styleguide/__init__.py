"""The styleguide: every token, mark and part of pages, with examples."""
