"""The words of the overlay: a caller, a call, an error in AWS's terms, a reply. No logic about any service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.core.model import OperationModel
    from moto.core.request import Request

    from devtools.simulator.overlay.world import World


SEEDING_KEY = "AKIASEEDSEEDSEEDSEED"
"""With this access key a request acts as root in the account named by `x-moto-account-id`: how data gets in."""


DATABASE_INTERFACE = "RDSNetworkInterface"
"""By this description the network interfaces of AWS's own databases are known."""


class AwsError(Exception):
    """An error as AWS words it; `status` is the HTTP status, None for what the service's model says."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request: `arn` is the IAM user's or the assumed role session's, `user_id` what STS calls UserId."""

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


@dataclass
class Call:
    """One API call on its way to an answer, in botocore's names."""

    service: str
    model: OperationModel
    uri_params: dict[str, Any]
    request: Request
    caller: Caller
    region: str
    world: World
    parse: Callable[[Call], dict[str, Any]]
    pass_on: Callable[[Call, str | None], Reply]
    read: Callable[[Call, Reply], dict[str, Any]]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        return str(self.model.name)

    @property
    def account(self) -> str:
        return self.caller.account

    @cached_property
    def params(self) -> dict[str, Any]:
        """The parameters under the names of botocore's model."""
        return self.parse(self)

    def beneath(self, account: str | None = None) -> dict[str, Any]:
        """Return moto's answer to this very call, as if made in `account`; raise its error as an `AwsError`."""
        return self.read(self, self.pass_on(self, account))

    def shelf(
        self, service: str | None = None, *, account: str | None = None, region: str | None = None
    ) -> dict[str, Any]:
        """Return what the overlay keeps for a service in an account and region, by default this call's own."""
        return self.world.shelf(account or self.account, region or self.region, service or self.service)
