"""Management of uploaded manifests."""
