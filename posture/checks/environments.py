"""Recognizes secrets in variables and parameters. Declares no check itself.

Values are never known here: collectors replace them by fingerprints, and record of what kind of secret a
value looks like. A name that ends in where a secret is kept (`DB_PASSWORD_ARN`, `TOKEN_FILE`) holds none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from posture.core.resource import Resource
from posture.core.secret_kinds import RANDOM, SECRET_KINDS

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
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pat",
    "private key",
    "pwd",
    "secret",
    "secret key",
    "signing key",
    "token",
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


_RANDOM_BUT_PUBLIC = {"certificate", "cert", "checksum", "digest", "etag", "fingerprint", "hash", "id", "ids", "public"}
_RANDOM_BUT_PUBLIC |= {"arn", "name", "nonce", "path", "sha", "sha256", "sha512", "url", "version"}
"""Words in the names of values that look random and are no secrets."""
EXAMPLE_KINDS = {SECRET_KINDS: {"hmac-sha256:url": "a URL with a password"}}
"""What is observed of a resource with one value that looks like a secret, for examples."""


def secrets_in(resource: Resource, values: Iterable[tuple[str, str]]) -> list[str]:
    """Return the secrets among (name, fingerprint) pairs, each with its kind if known."""
    kinds = resource.observed.get(SECRET_KINDS) or {}
    found = set()
    for name, fingerprint in values:
        kind = kinds.get(fingerprint)
        if kind == RANDOM and _RANDOM_BUT_PUBLIC & set(_words(name)):
            kind = None
        if kind or names_a_secret(name):
            found.add(f"{name} ({kind})" if kind else name)
    return sorted(found)


def names_a_secret(name: str) -> bool:
    """Whether people would call it a secret: `DB_PASSWORD`, `partnerApiKey`."""
    words = " ".join(_words(name))
    return words in _CREDENTIALS or any(words == ending or words.endswith(f" {ending}") for ending in _ENDINGS)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
