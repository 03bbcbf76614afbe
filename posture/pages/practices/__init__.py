"""The practices and frameworks with their results."""
