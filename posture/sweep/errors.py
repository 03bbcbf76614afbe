"""Why a read failed, as far as AWS's answer says, and one sentence with the fix.

AWS names the kind of policy that refused in its message, in a fixed wording (IAM User Guide,
"Troubleshoot access denied error messages"). Where it does not, the reason stays the plain DENIED:
a guess here would send somebody to the wrong policy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as AwsConnectionError
from botocore.parsers import ResponseParserError

from posture.core import tracing
from posture.core.gap import Gap, GapReason
from posture.core.unread import Refusal
from posture.core.values import Unknown, well_formed
from posture.sweep.paging import BadPageError

DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "403",
        "NotAuthorized",
        "UnauthorizedException",
        "UnauthorizedOperation",
        "Client.UnauthorizedOperation",
    }
)
THROTTLED_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "429",
    }
)
EXPIRED_CODES = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "InvalidToken",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
CLOCK_CODES = frozenset(
    {
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
SIGNATURE_CODES = frozenset({"InvalidSignatureException", "SignatureDoesNotMatch"})
"""Of these, those that a wrong clock causes as well as a wrong key: the message says which."""
_EXPIRED = re.compile(
    r"expired_?(?:token|credentials|session)|(?:token|credentials|session)\b[\w\s]*\b(?:has|have|is|are) expired",
    re.IGNORECASE,
)
"""How services with codes of their own say that a session has ended."""
_OTHER_TIME = re.compile("signature expired|not yet current", re.IGNORECASE)
NOT_ENABLED = (
    # (IAM prefix, error code, words in the message; an empty text stands for any)
    ("macie2", "AccessDeniedException", "macie is not enabled"),
    ("securityhub", "InvalidAccessException", "not subscribed"),
    ("securityhub", "ResourceNotFoundException", "not subscribed"),
    ("organizations", "AWSOrganizationsNotInUseException", ""),
    ("inspector2", "AccessDeniedException", "not enabled"),
    ("inspector2", "ResourceNotFoundException", "not enabled"),
    ("detective", "AccessDeniedException", "not enabled"),
    ("guardduty", "BadRequestException", "not enabled"),
    ("controltower", "AccessDeniedException", "not managed by aws control tower"),
    ("resource-explorer-2", "UnauthorizedException", "index"),
)
"""What AWS answers where a service was never turned on. It looks like a refusal, and is an answer."""

POLICY_WORDS = (
    ("service control policy", GapReason.SERVICE_CONTROL_POLICY),
    ("resource control policy", GapReason.RESOURCE_CONTROL_POLICY),
    ("permissions boundary", GapReason.PERMISSIONS_BOUNDARY),
    ("session policy", GapReason.SESSION_POLICY),
    ("resource-based policy", GapReason.RESOURCE_POLICY),
    ("identity-based policy", GapReason.ROLE_POLICY),
)
_BLAME = re.compile(r"(?:explicit deny in an?|because no) ([a-z -]+?(?:policy|boundary))\b", re.IGNORECASE)
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:organizations::\d{12}:policy/\S*?/(p-[0-9a-z]+)")
_NOISE = re.compile(
    r"(?<!\s)\s*(?:\(Service: [^)]*\)|\(?Request ?ID: ?[^\s,;)]*[,;]?(?: Host ID: ?[^\s,;)]*)?\)?"
    r"|Extended Request ID: ?\S*|Encoded authorization failure message: ?\S+|\[?req-[0-9a-f-]{36}\]?)",
    re.IGNORECASE,
)
_MAX_MESSAGE = 4_000
"""Of longer messages the rest is not read: these expressions look ahead, and what is in between may be hostile."""
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)

REMEDIES = {
    GapReason.ROLE_NOT_ASSUMED: "Check that the role exists in the account and that its trust policy and external id "
    "match.",
    GapReason.ROLE_POLICY: "Allow {action} in the policies of the sweep's role: deploy the current role template.",
    GapReason.PERMISSIONS_BOUNDARY: "Allow {action} in the permissions boundary of the sweep's role.",
    GapReason.SESSION_POLICY: "Allow {action} in the session policies that the sweep passes when it assumes the role.",
    GapReason.SERVICE_CONTROL_POLICY: "The service control policy {policy}refuses {action}: exempt the sweep's role in "
    "it, or leave this region out.",
    GapReason.RESOURCE_CONTROL_POLICY: "The resource control policy {policy}refuses {action}: exempt the sweep's role "
    "in it.",
    GapReason.RESOURCE_POLICY: "The resource's own policy refuses {action}: let the sweep's role read in that policy.",
    GapReason.DENIED: "AWS does not say which policy refused {action}: look at the role's policies first, then at "
    "service control policies.",
    GapReason.ROLE_OUT_OF_DATE: "Deploy the current role template: {action} is newer than the deployed role.",
    GapReason.NOT_OPTED_IN: "Opt in to the region if it is meant to be used; nothing can exist in it before.",
    GapReason.NOT_OFFERED: "AWS does not offer the service in this region; nothing to do.",
    GapReason.SERVICE_NOT_ENABLED: "The service is not turned on here; turn it on if it should protect this place.",
    GapReason.PLAN_MISSING: "The account has no support plan that includes this; choose Business Support+ or higher.",
    GapReason.THROTTLED: "AWS kept throttling {action}: the next sweep asks again; lower the pace if this repeats.",
    GapReason.CREDENTIALS_EXPIRED: "The session was refused as expired or invalid: the next sweep takes a new one; "
    "check that nobody revoked the role's sessions, and that the region is still enabled in the account.",
    GapReason.TIMED_OUT: "AWS did not answer in time: the next sweep asks again; check the network path and proxies.",
    GapReason.SERVICE_ERROR: "AWS answered with the error {error}: the next sweep asks again; look at the AWS Health "
    "Dashboard if it repeats.",
    GapReason.BAD_ANSWER: "The answer was not what AWS documents: look for a proxy in between; the next sweep asks "
    "again.",
    GapReason.UNREACHABLE: "The endpoint could not be reached: check DNS, proxies and VPC endpoints of the machine "
    "that sweeps.",
}
CLOCK_REMEDY = "AWS refused the signature's time: set the clock of the machine that sweeps (NTP)."
_KEY_REMEDY = (
    "AWS refused the signature: check the secret key of the machine that sweeps, and that no proxy changes requests."
)
_OWN_FAULT_REMEDY = "This is a fault in Plumbline, not in the account: please report it with this message."


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed read: action, reason, AWS's error code and words, and the fix."""

    action: str
    reason: GapReason
    error: str
    message: str
    remedy: str
    ours: bool = False
    """The fault is Plumbline's own and belongs in its log."""
    request_id: str = field(default="", compare=False)
    """AWS's own name for the request, which its support asks for; empty where AWS did not answer."""
    call: tracing.Call | None = field(default=None, compare=False)
    """The call that failed, as log lines name it."""

    def labels(self) -> dict[str, str]:
        """Return the fields of a log line about it: the failed call, and its request id."""
        return tracing.labels(self.call) | ({"request_id": self.request_id} if self.request_id else {})

    def unknown(self) -> Unknown:
        """Return the value that stands for the field that could not be read."""
        return Unknown(self.action, self.error, self.reason)

    def refusal(self) -> Refusal:
        """Return what there is to say of the field that could not be read."""
        return Refusal(self.message, self.remedy, self.request_id)

    def gap(self, account_id: str, region: str, resource_type: str, within: str = "") -> Gap:
        """Return the gap that this failure tears into a listing."""
        about = (self.action, self.reason, self.error, self.message, self.remedy, self.request_id, within)
        return Gap(account_id, region, resource_type, *about)


class AskError(Exception):
    """A read failed; the failure says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.action}: {failure.error}")
        self.failure = failure


class BadAnswerError(Exception):
    """An answer that is not in the form that the API documents."""


class CancelledError(Exception):
    """The sweep was asked to stop."""


def code_of(error: BaseException) -> str:
    """Return AWS's error code, or the name of the exception where there is none."""
    if not isinstance(error, ClientError):
        return type(error).__name__
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    return str(error.response.get("Error", {}).get("Code") or f"HTTP{status}")


def request_id_of(error: BaseException) -> str:
    """Return AWS's name for the request that failed; empty where there is none."""
    about = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    return str(about.get("RequestId") or "")


def words_of(error: BaseException) -> str:
    """Return AWS's message without request ids, which change from call to call."""
    text = str(error.response.get("Error", {}).get("Message") or "") if isinstance(error, ClientError) else str(error)
    if _is_page(text):
        return "An HTML page came instead of an answer."
    if isinstance(error, ResponseParserError):
        # botocore quotes the answer, in which anything may be.
        return "The answer could not be read: it is cut short, or not AWS's."
    return str(well_formed(_UUID.sub("…", _NOISE.sub("", text[:_MAX_MESSAGE])).strip()[:1000]))


def _is_page(text: str) -> bool:
    return "<html" in text[:500].lower()


def classify(error: BaseException, action: str) -> Failure:
    """Say why a read failed; `action` is the IAM action behind the call."""
    code, message = code_of(error), words_of(error)
    labels: dict[str, Any] = {"request_id": request_id_of(error), "call": tracing.call()}
    reason = _of_client(error, action, code, message) if isinstance(error, ClientError) else _of_transport(error)
    if reason is None:
        return Failure(action, GapReason.BAD_ANSWER, code, message, _OWN_FAULT_REMEDY, ours=True, **labels)
    remedy = _signature(code, message) or remedy_for(reason, action, code, message)
    return Failure(action, reason, code, message, remedy, **labels)


def _signature(code: str, message: str) -> str:
    """Return what mends a signature that AWS refused; empty where that was not it."""
    if code in SIGNATURE_CODES and not _OTHER_TIME.search(message):
        return _KEY_REMEDY
    return CLOCK_REMEDY if code in CLOCK_CODES else ""


def remedy_for(reason: GapReason, action: str, error: str = "", message: str = "") -> str:
    """Return the sentence that says what would mend a failure."""
    named = _POLICY_ARN.search(message)
    return REMEDIES[reason].format(action=action, error=error, policy=f"{named[1]} " if named else "")


def refused(unknown: Unknown) -> Failure:
    """Return the failure behind an unreadable value, without AWS's words."""
    reason = GapReason(unknown.reason)
    return Failure(unknown.action, reason, unknown.error, "", remedy_for(reason, unknown.action, unknown.error))


def _of_client(error: ClientError, action: str, code: str, message: str) -> GapReason:
    if _is_page(str(error.response.get("Error", {}).get("Message"))):
        return GapReason.BAD_ANSWER
    prefix, lower = action.split(":", 1)[0], message.lower()
    reason = _not_there(prefix, code, lower)
    if reason is None and (code in DENIED_CODES or "not authorized to perform" in lower):
        reason = blame(message)
    expired = GapReason.CREDENTIALS_EXPIRED if _EXPIRED.search(f"{code} {message}") else None
    return reason or _BY_CODE.get(code) or expired or GapReason.SERVICE_ERROR


def _not_there(prefix: str, code: str, lower: str) -> GapReason | None:
    """Return the reason where AWS says that the service, plan or region is not there."""
    if any(prefix == service and code == off and words in lower for service, off, words in NOT_ENABLED):
        return GapReason.SERVICE_NOT_ENABLED
    if prefix in {"support", "trustedadvisor"} and (
        code == "SubscriptionRequiredException" or "support level" in lower or "support subscription" in lower
    ):
        return GapReason.PLAN_MISSING
    if code == "OptInRequired" and "region" in lower:
        return GapReason.NOT_OPTED_IN
    return None


_BY_CODE = {
    **dict.fromkeys(THROTTLED_CODES, GapReason.THROTTLED),
    **dict.fromkeys(EXPIRED_CODES | CLOCK_CODES, GapReason.CREDENTIALS_EXPIRED),
    # botocore's code for a page of HTML from a gateway in between.
    **dict.fromkeys(("502", "504"), GapReason.BAD_ANSWER),
}


def blame(message: str) -> GapReason:
    """Return the kind of policy that refused, by AWS's message; else DENIED."""
    found = _BLAME.search(message)
    named = found[1].lower() if found else ""
    return next((reason for words, reason in POLICY_WORDS if words in named), GapReason.DENIED)


_NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    SSOError,
    TokenRetrievalError,
)
"""What botocore raises where it finds no credentials that are still good."""


def _of_transport(error: BaseException) -> GapReason | None:
    """Return why a call without an answer failed; None where the fault is our own."""
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError | TimeoutError):
        return GapReason.TIMED_OUT
    if isinstance(error, BadAnswerError | BadPageError | ResponseParserError | IncompleteReadError):
        return GapReason.BAD_ANSWER
    if isinstance(error, HTTPClientError | AwsConnectionError | OSError):
        return GapReason.UNREACHABLE
    if isinstance(error, _NO_CREDENTIALS):
        return GapReason.CREDENTIALS_EXPIRED
    return None
