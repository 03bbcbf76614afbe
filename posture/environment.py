"""Typed reading of environment variables.

A wrong value raises an error that says what to write.

Knows no Django, so that the launcher can read the same variables before Django exists.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

from posture.core.shortcuts import Shortcut, enabled


class WrongSettingError(Exception):
    """A setting is missing or unusable; the message says what to write instead."""


def text(name: str, default: str | None = None, *, env: Mapping[str, str] = os.environ) -> str:
    """Return variable `name`, or the content of the file that `name`_FILE points to.

    The file variant keeps secrets out of process listings; it wins over nothing and clashes with a
    value, since two sources for one secret is how the wrong one gets used.
    """
    value, file = env.get(name), env.get(f"{name}_FILE")
    if value and file:
        raise WrongSettingError(f"Both {name} and {name}_FILE are set: keep one of them.")
    if file:
        return _read(name, Path(file))
    if value:
        return value
    if default is None:
        raise WrongSettingError(f"{name} is not set: give it a value, or set {name}_FILE to a file that holds it.")
    return default


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WrongSettingError(
            f"{name}_FILE points to {path}, which cannot be read ({error.strerror}): check its path and permissions."
        ) from error


def flag(name: str, *, default: bool, env: Mapping[str, str] = os.environ) -> bool:
    """Return a yes/no variable."""
    value = text(name, "yes" if default else "no", env=env).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise WrongSettingError(f"{name} is {value!r}: write yes or no.")


def number(name: str, default: int, *, least: int = 0, env: Mapping[str, str] = os.environ) -> int:
    """Return a whole number of at least `least`."""
    value = text(name, str(default), env=env)
    if not value.isdecimal() or int(value) < least:
        raise WrongSettingError(f"{name} is {value!r}: write a whole number of at least {least}.")
    return int(value)


def choice(name: str, default: str, options: Sequence[str], *, env: Mapping[str, str] = os.environ) -> str:
    """Return one of `options`, whatever the case it is written in."""
    value = text(name, default, env=env).upper()
    if value not in options:
        raise WrongSettingError(f"{name} is {value!r}: write one of {', '.join(options)}.")
    return value


def shortcuts(name: str, *, env: Mapping[str, str] = os.environ) -> frozenset[Shortcut]:
    """Return the shortcuts that a comma-separated list names; all where it is not set."""
    try:
        return enabled(text(name, "", env=env))
    except ValueError as error:
        raise WrongSettingError(str(error)) from None


def secret(name: str, *, least: int, env: Mapping[str, str] = os.environ) -> str:
    """Return a secret of at least `least` characters; empty where there is none."""
    value = text(name, "", env=env)
    if value and len(value) < least:
        raise WrongSettingError(f"{name} is too short to be a secret: write at least {least} random characters.")
    return value


SHORTEST_KEY = 50
LEAST_INFORMATION = 40
"""Bytes that a key of random characters packs to at least; 50 hexadecimal digits take some 48."""
GUESSABLE = ("django-insecure", "changeme", "change-me", "change_me", "secret", "password", "example", "plumbline")
"""Words of placeholders and examples; random characters spell none of them."""


def signing_key(
    name: str, default: str | None = None, *, allow_weak: bool = False, env: Mapping[str, str] = os.environ
) -> str:
    """Return the key that signs sessions; refuse one that can be guessed."""
    value = text(name, default, env=env)
    if allow_weak:
        return value
    remedy = 'write what `python -c "import secrets; print(secrets.token_urlsafe(48))"` prints.'
    if len(value) < SHORTEST_KEY:
        raise WrongSettingError(f"{name} has {len(value)} characters and needs at least {SHORTEST_KEY}: {remedy}")
    if any(word in value.lower() for word in GUESSABLE):
        raise WrongSettingError(f"{name} is a placeholder that others know: {remedy}")
    if len(zlib.compress(value.encode(), level=9)) < LEAST_INFORMATION:
        raise WrongSettingError(f"{name} repeats itself and can be guessed: {remedy}")
    return value


def words(name: str, default: str = "", *, env: Mapping[str, str] = os.environ) -> list[str]:
    """Return a comma-separated list."""
    return [word.strip() for word in text(name, default, env=env).split(",") if word.strip()]


def packages(name: str, *, env: Mapping[str, str] = os.environ) -> list[str]:
    """Return a comma-separated list of Python packages, each of which is installed."""
    found = words(name, env=env)
    for package in found:
        if not _is_installed(package):
            raise WrongSettingError(
                f"{name} names {package!r}, which is no installed Python package: correct or remove it."
            )
    return found


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        # Its parent is missing, or it is no dotted name.
        return False


def database(url: str, password: str = "") -> dict[str, Any]:
    """Return Django's database settings for a postgres:// URL.

    A socket folder is given as `postgres://user@/name?host=/path`, libpq's own form. Query
    parameters other than `host` become psycopg connection options (`sslmode=verify-full`).
    `password` is for a URL that has none, so that the secret can stay in a file.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise WrongSettingError("DATABASE_URL must look like postgres://user:password@host:5432/name.")
    _only_one(parts, password, "DATABASE_URL", "PLUMBLINE_DATABASE_PASSWORD")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": password or unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(_port(parts, "DATABASE_URL") or ""),
        "OPTIONS": options,
        # A connection that the server has dropped is replaced, not handed to a request.
        "CONN_HEALTH_CHECKS": True,
    }


def redis(url: str, password: str = "") -> str:
    """Check a Redis or Valkey URL and return it, with `password` in it if it has none."""
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise WrongSettingError("REDIS_URL must start with redis://, rediss:// or unix://.")
    _only_one(parts, password, "REDIS_URL", "PLUMBLINE_REDIS_PASSWORD")
    _port(parts, "REDIS_URL")
    if not password:
        return url
    netloc = f"{parts.username or ''}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc))


def _only_one(parts: SplitResult, password: str, url_name: str, password_name: str) -> None:
    if parts.password and password:
        raise WrongSettingError(f"{url_name} has a password and {password_name} is set too: keep one of them.")


def _port(parts: SplitResult, name: str) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise WrongSettingError(f"{name} has no usable port: write a number up to 65535 after the host.") from error
