"""Writes the mail of a digest, as text and as HTML, and sends it by Django's mail settings."""

from __future__ import annotations

import smtplib
from enum import Enum, auto

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from accounts.models import Organization, User
from posture.drift.digest.content import Digest, digest
from posture.drift.digest.periods import Span
from posture.history.scope import Scope


class Fate(Enum):
    """What became of a mail that was handed to the mail server."""

    SENT = auto()
    REFUSED = auto()
    """It did not leave: trying again sends no second one."""
    UNSURE = auto()
    """The server had the text and then was silent: it may have left."""


def is_possible() -> bool:
    """Tell whether a mail server is set."""
    return bool(settings.EMAIL_HOST)


def scope_for(user: User, organization: Organization, span: Span) -> Scope:
    """Return what a person may see of an organization at a span's end: an owner's own accounts, and no others."""
    return Scope.of(user, organization, as_of=span.until, compare_to=span.since)


def digest_for(user: User, organization: Organization, span: Span) -> Digest:
    """Return a person's digest."""
    return digest(scope_for(user, organization, span), span)


def message(user: User, about: Digest) -> EmailMultiAlternatives:
    """Return the mail."""
    context = {"digest": about, "user": user, "site": settings.SITE_URL.rstrip("/")}
    mail = EmailMultiAlternatives(
        subject=" ".join(about.subject.split()),
        body=render_to_string("drift/mail/digest.txt", context),
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    mail.attach_alternative(render_to_string("drift/mail/digest.html", context), "text/html")
    return mail


def send(mail: EmailMultiAlternatives) -> tuple[Fate, str]:
    """Send a mail; return what became of it, and what went wrong."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return Fate.REFUSED, _words(error)
    try:
        connection.send_messages([mail])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        return Fate.REFUSED, _words(error)
    except (OSError, smtplib.SMTPException) as error:
        return Fate.UNSURE, _words(error)
    finally:
        connection.close()
    return Fate.SENT, ""


def _words(error: Exception) -> str:
    """Say what went wrong, without what the server might echo of the mail."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "The mail server refused the user name or password: check PLUMBLINE_MAIL_USER and its password."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "The mail server refused the recipient's address."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {error.smtp_code}."
    return f"The mail server could not be reached or hung up ({type(error).__name__})."
