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
        match text.split(":", 5):
            case ["arn", partition, service, region, account_id, resource]:
                return cls(partition, service, region, account_id, resource)
        raise ValueError(f"{text!r} is not an ARN")

    @property
    def name(self) -> str:
        """The last part of the resource, which people call its name or id."""
        return self.resource.rsplit("/", 1)[-1].rsplit(":", 1)[-1]

    @property
    def role_name(self) -> str:
        """The name of an IAM role, with its path: `role/team/Reader` is `team/Reader`."""
        return self.resource.removeprefix("role/")

    def __str__(self) -> str:
        return ":".join(("arn", *self))
