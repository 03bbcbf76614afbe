"""Values that the overlay's modules share.

An error in AWS's terms, a caller, a reply.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SEEDING_KEY = "AKIASEEDSEEDSEEDSEED"
"""With this access key a request acts as root in the account named by `x-moto-account-id`: how data gets in."""


DATABASE_INTERFACE = "RDSNetworkInterface"
"""By this description the network interfaces of AWS's own databases are known."""


class AwsError(Exception):
    """An error as AWS words it.

    `status` is the HTTP status, None for what the service's model says.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request.

    `arn` is the IAM user's or the assumed role session's, `user_id` what STS calls UserId.
    """

    account: str
    arn: str
    user_id: str
    access_key: str

    @property
    def is_session(self) -> bool:
        return ":assumed-role/" in self.arn


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; the body is a whole, but for a reset, where it breaks off."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    breaks_off: bool = False

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes | str) -> Reply:
        return cls(status, tuple(headers), body.encode() if isinstance(body, str) else body)
