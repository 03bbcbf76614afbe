"""Commands for uploaded manifests."""
