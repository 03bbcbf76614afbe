"""The styleguide: every token, mark and part that pages are made of, drawn by the parts themselves."""
