"""botocore's Signature Version 4, spending less on each request.

A sweep makes hundreds of thousands of requests, and a sixth of what botocore spends on one goes into its
signature: headers are collected twice in the class that mail is parsed with, and the whole request is
prepared a second time for its body. What is signed and how is untouched: a test holds each signature to
botocore's own.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

from botocore import auth
from botocore.awsrequest import AWSRequest

QUICK_V4 = "plumbline-v4"
"""Asks botocore for this signer, by its event `choose-signer`; other clients of the process keep botocore's."""

_UNSIGNED = frozenset(auth.SIGNED_HEADERS_BLACKLIST)


_auth: Any = auth
"""What is overridden is no part of botocore's stubs; the lock file holds its version, a test what it makes."""


class QuickSigV4Auth(_auth.SigV4Auth):  # type: ignore[misc]
    """Signs one request as its parent does, with the headers in a plain dict, gathered once."""

    _gathered: dict[str, str] | None = None

    def headers_to_sign(self, request: AWSRequest) -> dict[str, str]:
        """Return the trimmed values by lower-case name; those of a name that comes twice are joined by a comma."""
        if self._gathered is None:
            self._gathered = self._gather(request)
        return self._gathered

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        super()._modify_request_before_signing(request)
        self._gathered = None

    def _gather(self, request: AWSRequest) -> dict[str, str]:
        headers: dict[str, str] = {}
        for given, value in request.headers.items():
            name = given.lower()
            if name not in _UNSIGNED:
                trimmed = self._header_value(value)
                headers[name] = f"{headers[name]},{trimmed}" if name in headers else trimmed
        if "host" not in headers:
            headers["host"] = _host(_origin(str(request.url)))
        return headers

    def canonical_headers(self, headers_to_sign: dict[str, str]) -> str:
        """Return a line for each header, by name."""
        return "\n".join(f"{name}:{headers_to_sign[name]}" for name in sorted(headers_to_sign))

    def payload(self, request: AWSRequest) -> str:
        """Return the checksum of the body, which is the request's data where that is bytes already."""
        data = request.data
        if type(data) is bytes and data and self._signs_all(request):
            return sha256(data).hexdigest()
        return str(super().payload(request))

    def _signs_all(self, request: AWSRequest) -> bool:
        return self._should_sha256_sign_payload(request) and not self._is_streaming_checksum_payload(request)


def _origin(url: str) -> str:
    """Return scheme and authority of a URL."""
    end = url.find("/", url.find("://") + 3)
    return url if end < 0 else url[:end]


@lru_cache(maxsize=4096)
def _host(origin: str) -> str:
    return str(_auth._host_from_url(origin))  # noqa: SLF001 - what is sent as Host must be what is signed


_auth.AUTH_TYPE_MAPS[QUICK_V4] = QuickSigV4Auth
