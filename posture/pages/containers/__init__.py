"""How containers run, from which images, and whose duty each layer is."""
