"""The page of permissions: what the role may do, why, and what goes blind without it."""
