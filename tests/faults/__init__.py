"""What AWS and the machine can do to a sweep, and that the sweep stays honest through all of it."""
