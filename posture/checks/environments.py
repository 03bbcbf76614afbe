"""Tells from the name of a variable or parameter that it holds a secret. Declares no check itself.

Values are never known here: collectors replace them by fingerprints. So what counts is what people call a
thing, and a name that ends in where a secret lies (`DB_PASSWORD_ARN`, `TOKEN_FILE`) holds none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CREDENTIALS = {"aws access key id", "aws secret access key", "aws session token", "ecs engine auth data"}
"""Names by which AWS's own tools take credentials."""

_ENDINGS = (
    "access key",
    "api key",
    "apikey",
    "auth key",
    "client secret",
    "connection string",
    "credential",
    "credentials",
    "encryption key",
    "passphrase",
    "passwd",
    "password",
    "private key",
    "pwd",
    "secret",
    "secret key",
    "signing key",
    "token",
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def telling(names: Iterable[str]) -> list[str]:
    """Return those of the names that tell of a secret, in order."""
    return sorted({name for name in names if tells_of_a_secret(name)})


def tells_of_a_secret(name: str) -> bool:
    """Tell whether a name is what people call a secret: `DB_PASSWORD`, `partnerApiKey`, `AWS_SESSION_TOKEN`."""
    words = " ".join(word.lower() for word in _WORD.findall(name))
    return words in _CREDENTIALS or any(words == ending or words.endswith(f" {ending}") for ending in _ENDINGS)
