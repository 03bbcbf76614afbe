"""The digest of drift: what got worse, what got better and what became invisible in a week or a month."""
