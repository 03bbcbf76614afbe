"""Amazon Resource Names: `arn:partition:service:region:account:resource`."""

from __future__ import annotations

from typing import NamedTuple


class Arn(NamedTuple):
    """The six parts of an ARN; `resource` keeps whatever colons and slashes it has."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Split an ARN; raises ValueError for anything else."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise ValueError(f"{text!r} is not an ARN")
        return cls(*parts[1:])

    @property
    def name(self) -> str:
        """The last part of the resource, which people call its name or id."""
        return self.resource.rsplit("/", 1)[-1].rsplit(":", 1)[-1]

    def __str__(self) -> str:
        return ":".join(("arn", *self))
