"""What is known of a condition key before anything is known of a request."""

from __future__ import annotations

from posture.core.iam.context import ContextValue, Doubt

_CALLERS_CHOICE = frozenset(
    {
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:tagkeys",
        "aws:useragent",
        "ec2:instancetype",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "sts:rolesessionname",
    }
)
_CALLERS_CHOICE_PREFIXES = ("aws:requesttag/", "s3:requestobjecttag/", "s3:x-amz-")
_SET_BY_SERVICES = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    }
)
_OF_PRINCIPAL = "aws:principaltag/"


def of_caller(key: str) -> ContextValue | None:
    """Return what is known of a key of a principal's own call, by its lower-case name.

    Services set theirs for calls of their own; tags of the principal are listed; what takes a secret or a place (an
    external id, MFA, an address) is not known.
    """
    if key in _CALLERS_CHOICE or key.startswith(_CALLERS_CHOICE_PREFIXES):
        return Doubt.CHOSEN
    if key in _SET_BY_SERVICES or key.startswith(_OF_PRINCIPAL):
        return None
    return Doubt.PRESENCE


def of_tagged_session(key: str) -> ContextValue | None:
    """Return what is known of a key where sessions may bring tags of their own."""
    return Doubt.PRESENCE if key.startswith(_OF_PRINCIPAL) else of_caller(key)


def of_service(key: str) -> ContextValue | None:
    """Return what is known of a key of an AWS service's call: for any account's sake."""
    return Doubt.CHOSEN if key in _SET_BY_SERVICES else of_caller(key)
