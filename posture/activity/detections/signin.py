"""Sign-ins to the console."""

from __future__ import annotations

from datetime import timedelta

from posture.activity.detection import Count, detection, times
from posture.activity.events import Event
from posture.core.outcome import Severity

SUCCESS = {"event": "signin:ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}}
FAILURE = {"event": "signin:ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}}


def _address(event: Event) -> str:
    return event.address


@detection(
    id="signin_console_login_without_mfa",
    title="Console sign-in without MFA",
    severity=Severity.HIGH,
    attack=("T1078.004",),
    events=("signin:ConsoleLogin",),
    fires=({**SUCCESS, "additionalEventData": {"MFAUsed": "No"}},),
    quiet=(
        {**SUCCESS, "additionalEventData": {"MFAUsed": "Yes"}},
        {**FAILURE, "additionalEventData": {"MFAUsed": "No"}},
        {**SUCCESS, "additionalEventData": {"MFAUsed": "No", "SamlProviderArn": "arn:aws:iam::1:saml-provider/okta"}},
        {**SUCCESS, "additionalEventData": {"MFAUsed": "No"}, "userIdentity": {"type": "AssumedRole"}},
    ),
)
def login_without_mfa(event: Event) -> str | None:
    """Return a sentence for a user's sign-in by password alone.

    Of roles, MFA is the matter of the provider that vouches for the person, and CloudTrail does not know it.
    """
    is_password = event.text("userIdentity.type") in {"IAMUser", "Root"}
    is_federated = bool(event.text("additionalEventData.SamlProviderArn"))
    is_success = event.text("responseElements.ConsoleLogin") == "Success"
    is_bare = event.text("additionalEventData.MFAUsed") == "No"
    if not (is_password and is_success and is_bare) or is_federated:
        return None
    return "Signed in to the console by password alone."


@detection(
    id="signin_failed_logins_from_address",
    title="Many failed console sign-ins",
    severity=Severity.MEDIUM,
    attack=("T1110.003",),
    events=("signin:ConsoleLogin",),
    includes_failed=True,
    form=Count(5, timedelta(minutes=15), by=_address),
    fires=(times(5, FAILURE), times(5, {**FAILURE, "errorMessage": "Failed authentication"}, minutes=3)),
    quiet=(times(4, FAILURE), times(5, FAILURE, minutes=10), times(9, SUCCESS)),
)
def failed_logins(event: Event) -> str | None:
    """Return a sentence for a sign-in that failed."""
    is_failure = event.text("responseElements.ConsoleLogin") == "Failure"
    return f"Five sign-ins from {event.address} failed within 15 minutes." if is_failure else None
