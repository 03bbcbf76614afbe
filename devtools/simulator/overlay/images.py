"""Digests of simulated images: the same name is the same image wherever it runs."""

from __future__ import annotations

import hashlib


def digest_of(image: str) -> str:
    """Return the digest of an image by its name."""
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
