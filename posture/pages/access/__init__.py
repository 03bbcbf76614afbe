"""Who may do an action on a resource, by the policies that were read."""
