"""Canonical text and digest of a value, by a fast encoder.

Both are what `posture.core.values` defines.

Every resource is encoded at every sweep. What the fast encoder refuses is left to the slow one, which has the better
error message.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from posture.core import values
from posture.core.values import plain

# Dataclasses and dates are left to `plain`, which knows `Unknown`, as the standard library leaves them.
OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def canonical(value: Any) -> bytes:
    """Return the canonical UTF-8 JSON text: keys sorted, no spaces, `Unknown` marked."""
    try:
        return orjson.dumps(value, default=plain, option=OPTIONS)
    except TypeError:
        # Whole numbers beyond 64 bits, keys that are no strings.
        return values.canonical(value)


def digest(value: Any) -> bytes:
    """Return the 16-byte BLAKE2b digest of a value's canonical text."""
    try:  # `canonical`, inlined: every resource of every sweep comes here
        text = orjson.dumps(value, default=plain, option=OPTIONS)
    except TypeError:
        text = values.canonical(value)
    return hashlib.blake2b(text, digest_size=16).digest()
