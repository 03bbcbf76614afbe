"""One file per kind of object: judgements of what a manifest says."""
