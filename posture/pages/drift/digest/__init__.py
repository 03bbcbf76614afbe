"""The digest of drift: what got worse, better and invisible in a period."""
