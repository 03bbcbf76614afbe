"""What sweeps found, through time: the only writer and the only reader of it."""
