"""One question to the engine: who does what, under which policies."""

from __future__ import annotations

from dataclasses import dataclass, field

from posture.core.iam.context import Context
from posture.core.iam.kms_grants import KmsGrants
from posture.core.iam.logic import Truth
from posture.core.iam.policy_set import PolicySet
from posture.core.iam.principals import Caller
from posture.core.iam.s3_access import S3Access


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """The resource that a request is about; actions without one have the ARN `*`."""

    arn: str
    account: str = ""
    is_management: Truth = False
    """Whether it belongs to the Organization's management account."""
    is_aws_managed_key: bool = False


@dataclass(frozen=True, eq=False)
class Request:
    """A request with all that decides about it."""

    caller: Caller
    action: str
    resource: RequestTarget
    policies: PolicySet
    context: Context = field(default_factory=lambda: Context({}))
    s3: S3Access = field(default_factory=S3Access)
    kms_grants: KmsGrants = ()

    action_lower: str = field(init=False)
    """The action as policies are looked up by."""
    service: str = field(init=False)
    """The prefix of the action: `s3`."""

    def __post_init__(self) -> None:
        """Work out what every layer asks for."""
        # Plain attributes: a cached property takes a lock at its first use, and there are many requests.
        object.__setattr__(self, "action_lower", self.action.lower())
        object.__setattr__(self, "service", self.action_lower.partition(":")[0])

    @property
    def is_same_account(self) -> bool:
        """Whether caller and resource belong to one account."""
        # An action without a resource is the account's own.
        return self.caller.account == (self.resource.account or self.caller.account)

    @property
    def needs_resource_policy(self) -> bool:
        """Whether IAM policies count only if the resource's own policy lets them.

        Roles have trust policies and KMS keys have key policies, in their own account as well.
        """
        if self.service == "sts":
            return ":role/" in self.resource.arn
        return self.service == "kms" and ":key/" in self.resource.arn
