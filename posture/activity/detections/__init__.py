"""One file per service: judgements of CloudTrail's events."""
