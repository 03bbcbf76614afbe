"""The values by which checks judge: what they are, who set them, and the form."""
