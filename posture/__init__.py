"""Plumbline: the security posture of an AWS Organization, and how it drifts."""
