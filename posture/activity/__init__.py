"""Who did what in AWS, by CloudTrail's events, and which of it looks risky."""
