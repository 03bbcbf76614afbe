"""The styleguide: it shows all there is."""
