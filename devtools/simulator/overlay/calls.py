"""One API call on its way to an answer. No logic about any service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from devtools.simulator.overlay.terms import Caller, Reply
from devtools.simulator.overlay.world import World

if TYPE_CHECKING:
    from moto.core.model import OperationModel
    from moto.core.request import Request


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
        """Return moto's answer to this very call, as if made in `account`.

        Raise its error as an `AwsError`.
        """
        return self.read(self, self.pass_on(self, account))

    def shelf(
        self, service: str | None = None, *, account: str | None = None, region: str | None = None
    ) -> dict[str, Any]:
        """Return a service's shelf, by default in the call's own account and region."""
        return self.world.shelf(account or self.account, region or self.region, service or self.service)
