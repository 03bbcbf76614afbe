"""What AWS and the machine can do to a sweep, which stays honest through it."""
