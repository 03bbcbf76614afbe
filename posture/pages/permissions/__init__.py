"""The role's permissions, why it has each, and where it is refused."""
