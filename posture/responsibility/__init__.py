"""Who has which duty by service, in AWS's shared responsibility model, as data."""
