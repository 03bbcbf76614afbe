"""From the machine's own identity to the sweep's role in an account; nothing here is stored or logged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from botocore.credentials import Credentials, ReadOnlyCredentials, RefreshableCredentials
from botocore.exceptions import ClientError

from posture.core.arn import Arn
from posture.core.gap import GapReason
from posture.sweep import normal
from posture.sweep.ask import Perform
from posture.sweep.errors import DENIED_CODES, AskError, CancelledError, Failure, classify, code_of, words_of

SESSION_SECONDS = 3600
"""All that a role may ask for that was itself assumed (role chaining)."""
REFRESH_BEFORE = SESSION_SECONDS // 5
SESSION_NAME = "plumbline-sweep"


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume, and how. `policy_arns` and `policy` narrow the session below the role."""

    arn: str
    external_id: str = field(default="", repr=False)
    session_name: str = SESSION_NAME
    policy_arns: Sequence[str] = ()
    policy: str = ""

    def in_account(self, account_id: str) -> Role:
        """Return the role of the same name in another account."""
        return replace(self, arn=str(Arn.parse(self.arn)._replace(account_id=account_id)))


class OwnCredentials:
    """The identity that the process runs as; renewed by whatever gave it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the keys of this moment."""
        frozen: ReadOnlyCredentials = self._credentials.get_frozen_credentials()
        return frozen

    def renew(self, stale: str) -> bool:
        """Tell whether the chain has newer keys by now; it cannot be made to."""
        return self.get_frozen_credentials().access_key != stale


class RoleCredentials:
    """A role's session in one account, renewed when four fifths of its hour are over."""

    def __init__(self, assume: Callable[[], dict[str, Any]]) -> None:
        self._assume = assume
        self._lock = threading.Lock()
        self._lost: AskError | None = None
        self._session, self.arn = self._begin()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return the keys of this moment; botocore renews them in one thread while others go on."""
        if self._lost:
            raise self._lost
        return self._session.get_frozen_credentials()

    def renew(self, stale: str) -> bool:
        """Begin a new session, unless another thread has done so since `stale` was current."""
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
        "expiry_time": normal.iso(expires) if isinstance(expires, datetime) else expires,
    }


def assume(own: Perform, role: Role, region: str) -> RoleCredentials:
    """Assume a role through the region's own STS; raises `AskError` that says which step failed.

    `own` performs calls as the machine's identity. Global tokens are refused in opt-in regions, so
    STS is asked in `region`.
    """
    params: dict[str, Any] = {
        "RoleArn": role.arn,
        "RoleSessionName": role.session_name,
        "DurationSeconds": SESSION_SECONDS,
    }
    if role.external_id:
        params["ExternalId"] = role.external_id
    if role.policy_arns:
        params["PolicyArns"] = [{"arn": arn} for arn in role.policy_arns]
    if role.policy:
        params["Policy"] = role.policy

    def once() -> dict[str, Any]:
        try:
            return own("sts", "assume_role", region, params)
        except CancelledError:
            raise
        except Exception as error:
            raise AskError(why_not_assumed(error, role)) from error

    return RoleCredentials(once)


def why_not_assumed(error: Exception, role: Role) -> Failure:
    """Say why a role was not assumed. AWS words a missing role and a wrong external id alike, on purpose."""
    code, message = code_of(error), words_of(error)
    if not isinstance(error, ClientError) or code not in DENIED_CODES:
        failure = error.failure if isinstance(error, AskError) else classify(error, "sts:AssumeRole")
        if isinstance(error, ClientError):
            return Failure("sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, code, message, _other_remedy(code, failure))
        return failure
    named = Arn.parse(role.arn)
    remedy = (
        f"Check in account {named.account_id} that {named.resource} exists, that its trust policy names this "
        f"identity, and that the external id in it is the one that is configured here."
    )
    return Failure("sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, code, message, remedy)


def _other_remedy(code: str, failure: Failure) -> str:
    if code == "RegionDisabledException":
        return "Turn STS on in this region (IAM, Account settings), or choose another home region."
    if code == "ValidationError":
        return "Check the role's ARN, the external id and the session name: AWS calls one of them malformed."
    if failure.reason is GapReason.CREDENTIALS_EXPIRED:
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
