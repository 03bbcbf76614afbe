"""From the machine's own identity to the sweep's role; nothing is stored."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials, RefreshableCredentials
from botocore.exceptions import ClientError

from posture.core import tracing
from posture.core.arn import Arn
from posture.core.gap import GapReason
from posture.sweep import normalizer
from posture.sweep.ask import Perform
from posture.sweep.errors import (
    DENIED_CODES,
    EXPIRED_CODES,
    AskError,
    CancelledError,
    Failure,
    blame,
    classify,
    code_of,
    remedy_for,
    request_id_of,
    words_of,
)

LONGEST_CHAINED = 3600
"""For so many seconds a role may be assumed at most by who was itself let in by a role (role chaining)."""
SESSION_SECONDS = LONGEST_CHAINED
REFRESH_BEFORE = SESSION_SECONDS // 5
SESSION_NAME = "plumbline-sweep"
AWS_OWN = "aws"
"""Where an ARN has its account, of policies that AWS manages."""

SESSION_POLICY_CODES = frozenset(
    {
        "InvalidParameterValue",
        "MalformedPolicyDocument",
        "MalformedPolicyDocumentException",
        "NoSuchEntity",
        "NoSuchEntityException",
        "ValidationError",
    }
)
"""By what STS may refuse a session policy's ARN; which one it is, its reference does not say."""
_CHAINED = re.compile(r"arn:aws[a-z-]*:sts::(\d{12}):assumed-role/([\w+=,.@-]{1,64})/")
"""The session that was refused a role, as AWS names it: its account, and its role's name without the path."""
_NO_REGION = ", or leave this region out"
_TOO_LONG = re.compile("role chaining", re.IGNORECASE)
PACKED_CODES = frozenset({"PackedPolicyTooLarge", "PackedPolicyTooLargeException"})


@dataclass(frozen=True, slots=True)
class SweepRole:
    """A role to assume; `policy_arns` and `policy` narrow the session below the role.

    While external ids are rotated, `former_external_id` is tried where `external_id` is refused.
    """

    arn: str
    external_id: str = field(default="", repr=False)
    former_external_id: str = field(default="", repr=False)
    session_name: str = SESSION_NAME
    policy_arns: Sequence[str] = ()
    policy: str = ""

    @property
    def is_narrowed_by_aws(self) -> bool:
        """Whether policies that AWS manages narrow the session, and not the role's own."""
        return any(Arn.parse(arn).account_id == AWS_OWN for arn in self.policy_arns)

    def in_account(self, account_id: str) -> SweepRole:
        """Return the role of the same name in another account, with its policies."""
        policies = [_moved(arn, account_id) for arn in self.policy_arns]
        return replace(self, arn=_moved(self.arn, account_id), policy_arns=policies)


def _moved(arn: str, account_id: str) -> str:
    parsed = Arn.parse(arn)
    return arn if parsed.account_id == AWS_OWN else str(parsed._replace(account_id=account_id))


class OwnCredentials:
    """The identity that the process runs as; renewed by whatever gave it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the keys of this moment."""
        frozen: ReadOnlyCredentials = self._credentials.get_frozen_credentials()
        return frozen

    def renew(self, stale: str) -> bool:
        """Whether the chain has newer keys by now; it cannot be made to."""
        return self.get_frozen_credentials().access_key != stale


class RoleCredentials:
    """A role's session in one account, renewed when four fifths of its hour are over."""

    def __init__(self, assume: Callable[[], dict[str, Any]]) -> None:
        self._assume = assume
        self._lock = threading.Lock()
        self._lost: AskError | None = None
        self._session, self.arn = self._begin()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the current keys; botocore renews them in one thread while others go on."""
        if self._lost:
            raise self._lost
        return self._session.get_frozen_credentials()

    def renew(self, stale: str) -> bool:
        """Begin a new session, unless another thread has replaced `stale` already."""
        with self._lock:
            if self._lost:
                raise self._lost
            if self._session.access_key == stale:
                try:
                    self._session, self.arn = self._begin()
                except AskError as error:
                    # The role is gone: hundreds of calls need not each find that out.
                    self._lost = error
                    raise
        return True

    @property
    def account_id(self) -> str:
        """The account that the session is in, as STS says."""
        return Arn.parse(self.arn).account_id

    def _begin(self) -> tuple[RefreshableCredentials, str]:
        answer = self._assume()
        keys = _metadata(answer)
        session = RefreshableCredentials(
            access_key=keys["access_key"],
            secret_key=keys["secret_key"],
            token=keys["token"],
            expiry_time=datetime.fromisoformat(keys["expiry_time"]),
            refresh_using=lambda: _metadata(self._assume()),
            method="assume-role",
            advisory_timeout=REFRESH_BEFORE,
            mandatory_timeout=60,
        )
        return session, answer["AssumedRoleUser"]["Arn"]


def _metadata(answer: dict[str, Any]) -> dict[str, Any]:
    """Return AssumeRole's answer as botocore's refreshable credentials want it."""
    keys = answer["Credentials"]
    expires = keys["Expiration"]
    return {
        "access_key": keys["AccessKeyId"],
        "secret_key": keys["SecretAccessKey"],
        "token": keys["SessionToken"],
        "expiry_time": normalizer.iso(expires) if isinstance(expires, datetime) else expires,
    }


def assume(own: Perform, role: SweepRole, region: str) -> RoleCredentials:
    """Assume a role through the region's STS; raises `AskError` with the failed step.

    `own` performs calls as the machine's identity. Global tokens are refused in opt-in regions, so
    STS is asked in `region`.
    """
    return RoleCredentials(lambda: _open(own, role, region))


def _open(own: Perform, role: SweepRole, region: str) -> dict[str, Any]:
    """Ask STS, with the former external id and an older role's policies as fallbacks.

    A newer template may have spread the actions over more policies than are deployed: the session is
    then narrowed by those that are, of which at least one must be, and never by none.
    """
    external_ids = [role.external_id, *filter(None, [role.former_external_id])]
    policy_arns = list(role.policy_arns)
    while True:
        try:
            return own("sts", "assume_role", region, _request(role, external_ids[0], policy_arns))
        except CancelledError:
            raise
        except Exception as error:
            if len(policy_arns) > 1 and lacks_session_policy(error):
                policy_arns.pop()
            elif len(external_ids) > 1 and code_of(error) in DENIED_CODES:
                external_ids.pop(0)
            else:
                raise AskError(why_not_assumed(error, role)) from error


def _request(role: SweepRole, external_id: str, policy_arns: Sequence[str]) -> dict[str, Any]:
    params: dict[str, Any] = {
        "RoleArn": role.arn,
        "RoleSessionName": role.session_name,
        "DurationSeconds": SESSION_SECONDS,
    }
    if external_id:
        params["ExternalId"] = external_id
    if policy_arns:
        params["PolicyArns"] = [{"arn": arn} for arn in policy_arns]
    if role.policy:
        params["Policy"] = role.policy
    return params


def lacks_session_policy(error: Exception) -> bool:
    """Whether STS refused because a managed session policy does not exist."""
    return code_of(error) in SESSION_POLICY_CODES and "polic" in words_of(error).lower()


def why_not_assumed(error: Exception, role: SweepRole) -> Failure:
    """Return why a role was not assumed.

    AWS words a missing role and a wrong external id alike, on purpose.
    """
    code, message = code_of(error), words_of(error)
    labels: dict[str, Any] = {"request_id": request_id_of(error), "call": tracing.call()}
    if not isinstance(error, ClientError) or code not in DENIED_CODES:
        failure = error.failure if isinstance(error, AskError) else classify(error, "sts:AssumeRole")
        if isinstance(error, ClientError):
            remedy = no_policy_remedy(role) if lacks_session_policy(error) else _other_remedy(code, message, failure)
            return Failure("sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, code, message, remedy, **labels)
        return failure
    return Failure("sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, code, message, _denial_remedy(message, role), **labels)


def _denial_remedy(message: str, role: SweepRole) -> str:
    """Return who must allow what; other policies bind whoever asks for the role."""
    named, blamed, chained = Arn.parse(role.arn), blame(message), _CHAINED.search(message)
    start = f"role {chained[2]} of account {chained[1]}" if chained else "the identity"
    if blamed is GapReason.ROLE_POLICY:
        return f"Allow sts:AssumeRole on {role.arn} in the policies of {start} that the sweep starts from."
    if blamed not in {GapReason.DENIED, GapReason.RESOURCE_POLICY}:
        remedy = remedy_for(blamed, "sts:AssumeRole", message=message)
        return remedy.replace("the sweep's role", f"{start} that the sweep starts from").replace(_NO_REGION, "")
    trusted = f"{start}, as a session of which the sweep starts (role chaining)" if chained else "this identity"
    return (
        f"Check that account {named.account_id} is not suspended, that the role {named.role_name} exists in it, that "
        f"its trust policy names {trusted}, and that the external id in it is the one that is configured here."
    )


def no_policy_remedy(role: SweepRole) -> str:
    """Return the sentence for a role whose session policies do not exist."""
    names = ", ".join(Arn.parse(arn).name for arn in role.policy_arns)
    return (
        f"The managed policies that narrow the session ({names}) are not in account {Arn.parse(role.arn).account_id}: "
        f"deploy today's role template there. If the role is one of your own, say so in the organization's settings: "
        f"its sessions are then narrowed by AWS's SecurityAudit and ViewOnlyAccess."
    )


def _other_remedy(code: str, message: str, failure: Failure) -> str:
    if code in PACKED_CODES:
        return "The session policies are too large for STS together: please report it, with the role's name."
    if code == "RegionDisabledException":
        return "Turn STS on in this region (IAM, Account settings), or choose another home region."
    if code == "ValidationError" and _TOO_LONG.search(message):
        return (
            f"The sweep starts from a role's session, which may open another for {LONGEST_CHAINED} s at most (role "
            f"chaining): ask for no longer session, or let the sweep start from an identity of its own."
        )
    if code == "ValidationError":
        return "Check the role's ARN, the external id and the session name: AWS calls one of them malformed."
    if code in EXPIRED_CODES:
        return "The identity that the sweep starts from was refused: renew its credentials."
    return failure.remedy


def caller(perform: Perform, region: str) -> Arn:
    """Return the ARN of the identity that calls are performed as; raises `AskError`."""
    try:
        return Arn.parse(perform("sts", "get_caller_identity", region, {})["Arn"])
    except (AskError, CancelledError):
        raise
    except Exception as error:
        raise AskError(classify(error, "sts:GetCallerIdentity")) from error
