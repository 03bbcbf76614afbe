"""What kind of secret a text looks like, asked before a fingerprint replaces it.

Only the kind's name leaves a collector, never a part of the text. The texts are hostile: each pattern begins
at a fixed word or at the edge of a token and repeats a bounded number of times, and long texts are cut.

These are patterns of our own because a sweep judges single values on many threads: detect-secrets scans
files, keeps its plugins in process-wide settings, and brings an HTTP client for verifying what it finds.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections import Counter
from itertools import pairwise

SECRET_KINDS = "SecretKinds"  # noqa: S105 - a field's name
"""The observed field that maps fingerprints to kinds. Absent where no value looks like a secret."""
RANDOM = "a long random value"
MAX_LENGTH = 32_768
"""More than any service lets people put into one value; user data is at most 16 KiB."""

_EDGE = r"(?<![A-Za-z0-9_-])"
_TOKENS = {
    "an AWS access key ID": r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
    "a GitLab token": r"gl(?:pat|dt|ptt|rt|soat|cbt|ft|imt)-[A-Za-z0-9_-]{20,255}",
    "a Slack token": r"xox[abceoprs]-[A-Za-z0-9-]{10,255}|xapp-\d-[A-Za-z0-9-]{10,255}",
    "a Stripe key": r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9+/=]{24,255}",
    "a Google key": r"AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,64}|ya29\.[A-Za-z0-9_-]{20,255}",
    "an API key of an AI service": r"sk-(?:ant|proj|svcacct|or)-[A-Za-z0-9_-]{20,255}|sk-[A-Za-z0-9]{32,64}",
    "a SendGrid key": r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}",
    "a Twilio key": r"(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])",
    "a package registry's token": r"npm_[A-Za-z0-9]{36,64}|pypi-[A-Za-z0-9_-]{50,255}|dckr_pat_[A-Za-z0-9_-]{20,64}",
    "a Vault token": r"hv[sbr]\.[A-Za-z0-9_-]{24,255}",
    "a token of a cloud provider": r"do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|ATATT3[A-Za-z0-9_=-]{20,255}",
    "a token of a monitoring service": r"gl(?:sa|c)_[A-Za-z0-9+/=_-]{20,255}|NRAK-[A-Z0-9]{27}",
    "a Shopify token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "a Mailgun key": r"key-[0-9a-f]{32}(?![A-Za-z0-9])",
    "a Telegram token": r"\d{8,10}:AA[A-Za-z0-9_-]{33}",
    "a JSON Web Token": r"eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{16,2048}",
}
_ANYWHERE = {
    "a private key": r"-----BEGIN (?:[A-Z0-9]{2,16} ){0,3}PRIVATE KEY|AGE-SECRET-KEY-1|PuTTY-User-Key-File-",
    "a webhook's address": r"hooks\.slack\.com/(?:services|workflows)/[A-Z0-9/]{8}"
    r"|discord(?:app)?\.com/api/webhooks/\d|webhook\.office\.com/webhookb2/",
}
_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in _ANYWHERE.items()]
_PATTERNS += [(kind, re.compile(f"{_EDGE}(?:{pattern})")) for kind, pattern in _TOKENS.items()]
_URL = re.compile(r"://[^\s/?#:@\"'<>]{0,128}:([^\s/?#@\"'<>]{1,256})@")

_VALUE = r"[^\s\"'`,;&<>(){}\[\]$|\\]"
_PASSWORD = re.compile(
    r"(?:password|passwd|passphrase|(?<![a-z])pwd)"
    rf"[\"']?[ \t]{{0,4}}[=:][ \t]{{0,4}}[\"']?({_VALUE}{{4,256}})(?!{_VALUE}|[\[({{])",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"(?:secret[_-]?access[_-]?key|secret[_-]?key|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret"
    rf"|account[_-]?key|shared[_-]?access[_-]?key|signing[_-]?key|encryption[_-]?key|private[_-]?token)"
    rf"[\"']?[ \t]{{0,4}}[=:][ \t]{{0,4}}[\"']?({_VALUE}{{12,512}})(?!{_VALUE}|[\[({{])",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?:/|\./|~|arn:|https?:|s3:|ssm:|vault:|file:|env:|resolve:|secretsmanager|%|!)", re.IGNORECASE
)
_NO_VALUE = {
    "files",
    "compat",
    "true",
    "false",
    "null",
    "none",
    "undefined",
    "required",
    "optional",
    "prompt",
    "string",
    "password",
}

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_GZIP = b"\x1f\x8b"
_RUN = re.compile(r"[A-Za-z0-9+/]{20,}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_MIN_BITS = 3.6
"""Shannon entropy a character: English words in camel case stay below, random letters and digits above."""
_MIN_TURNS = 0.42
"""How often a character is of another class than the one before it: 0.62 in random base 62, 0.3 in camel case."""
_KEY_LENGTH, _MIN_KEY_TURNS, _MIN_KEY_BITS = 40, 0.27, 4.4
"""An AWS secret access key has 40 characters; there, more entropy makes up for fewer turns."""
_MIN_RANDOM, _MAX_RANDOM = 20, 128
"""What is longer is a certificate, a ciphertext or a picture."""


def secret_kind(text: str) -> str | None:
    """Return what kind of secret a text holds or looks like; None for any other."""
    text = text[:MAX_LENGTH].strip()
    decoded = _decoded(text)
    for reading in (text, decoded):
        kind = _kind(reading) if reading else None
        if kind:
            return kind
    return RANDOM if not decoded and _is_random(text) else None


def _kind(text: str) -> str | None:
    for kind, pattern in _PATTERNS:
        if pattern.search(text):
            return kind
    if any(_is_value(match[1]) for match in _URL.finditer(text)):
        return "a URL with a password"
    if any(_is_value(match[1]) for match in _PASSWORD.finditer(text)):
        return "a text with a password"
    if any(_is_value(match[1]) and _mixes(match[1]) for match in _KEY.finditer(text)):
        return "a text with a key"
    return None


def _is_value(text: str) -> bool:
    """Return False for a variable, a reference, or a masked or missing value."""
    is_masked = len(set(text)) == 1 or text.startswith(("$", "{", "<", "***"))
    return not is_masked and text.lower() not in _NO_VALUE and _REFERENCE.match(text) is None


def _mixes(text: str) -> bool:
    return any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text)


def _decoded(text: str) -> str | None:
    """Return the text that a value encodes in base64, gunzipped; None if it is none."""
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return None
    try:
        raw = base64.b64decode(text, validate=True)
        if raw.startswith(_GZIP):
            raw = zlib.decompressobj(wbits=31).decompress(raw, MAX_LENGTH)
        decoded = raw[:MAX_LENGTH].decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        return None
    return decoded if all(letter.isprintable() or letter.isspace() for letter in decoded) else None


def _is_random(text: str) -> bool:
    """Return True for one token with a random stretch that is no hexadecimal hash."""
    if (
        not _MIN_RANDOM <= len(text) <= _MAX_RANDOM
        or "://" in text
        or _REFERENCE.match(text)
        or any(map(str.isspace, text))
    ):
        return False
    return any(_looks_random(run[0].rstrip("/")) for run in _RUN.finditer(text) if not _HEX.fullmatch(run[0]))


def _looks_random(run: str) -> bool:
    classes = [_class_of(letter) for letter in run]
    if not {"u", "l", "d"} <= set(classes):
        return False
    turns = sum(one != other and "s" not in {one, other} for one, other in pairwise(classes)) / len(run)
    if len(run) == _KEY_LENGTH and turns >= _MIN_KEY_TURNS and _bits(run) >= _MIN_KEY_BITS:
        return True
    return turns >= _MIN_TURNS and _bits(run) >= _MIN_BITS


def _class_of(letter: str) -> str:
    return "d" if letter.isdigit() else "u" if letter.isupper() else "l" if letter.islower() else "s"


def _bits(text: str) -> float:
    """Return the Shannon entropy of a text, in bits a character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
