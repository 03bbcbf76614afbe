"""Mails of digests, as text and HTML, sent by Django's mail settings."""

from __future__ import annotations

import smtplib
from enum import Enum, auto

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Organization, User
from posture.history.scope import Scope
from posture.pages.drift.digest.content import digest
from posture.pages.drift.digest.model import Digest
from posture.pages.drift.digest.periods import DigestSpan


def _style(rules: str) -> SafeString:
    return format_html(' style="{}"', rules)


_SANS = "font-family:'IBM Plex Sans',-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
STYLES = {
    "body": _style(f"margin:0;padding:0;background:#f5f4f0;color:#14181f;{_SANS};font-size:15px;line-height:22px"),
    "outer": _style("width:100%;background:#f5f4f0"),
    "frame": _style("width:100%;max-width:600px;background:#fffefc;border:1px solid #dddad2"),
    "inside": _style(f"padding:24px 20px;{_SANS};color:#14181f"),
    "over": _style("margin:0 0 4px;font-size:13px;line-height:18px;color:#5d6471"),
    "lead": _style("margin:0 0 16px;font-size:20px;line-height:27px;font-weight:normal"),
    "h2": _style("margin:24px 0 4px;font-size:15px;line-height:20px;font-weight:bold"),
    "table": _style("width:100%;border-collapse:collapse"),
    "number": _style("width:22px;padding:8px 8px 8px 0;vertical-align:top;font-size:18px;color:#5d6471;"
                     "border-top:1px solid #dddad2"),
    "cell": _style("padding:8px 0;vertical-align:top;border-top:1px solid #dddad2;word-break:break-word"),
    "link": _style("color:#1b4f93"),
    "note": _style("font-size:13px;line-height:18px;color:#434a57"),
    "quiet": _style("margin:4px 0;font-size:13px;color:#5d6471"),
    "foot": _style("margin:24px 0 0;padding-top:12px;border-top:1px solid #dddad2;font-size:13px;color:#5d6471"),
}  # fmt: skip
"""Style attributes of the mail, since mail programs know no style sheets; the page's preview has none of them."""


class MailResult(Enum):
    """How the delivery of a mail to the mail server ended."""

    SENT = auto()
    REFUSED = auto()
    """It did not leave: trying again sends no second one."""
    UNSURE = auto()
    """The server had the text and then was silent: it may have left."""


def is_possible() -> bool:
    """Return True where a mail server is set."""
    return bool(settings.EMAIL_HOST)


def scope_for(user: User, organization: Organization, span: DigestSpan) -> Scope:
    """Return what a person may see of an organization at the end of a span."""
    return Scope.of(user, organization, as_of=span.until, compare_to=span.since)


def digest_for(user: User, organization: Organization, span: DigestSpan) -> Digest:
    """Return a person's digest."""
    return digest(scope_for(user, organization, span), span)


def message(user: User, about: Digest) -> EmailMultiAlternatives:
    """Return the mail."""
    context = {"digest": about, "user": user, "site": settings.SITE_URL.rstrip("/"), "styles": STYLES}
    mail = EmailMultiAlternatives(
        subject=" ".join(about.subject.split()),
        body=render_to_string("drift/mail/digest.txt", context),
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    mail.attach_alternative(render_to_string("drift/mail/digest.html", context), "text/html")
    return mail


def send(mail: EmailMultiAlternatives) -> tuple[MailResult, str]:
    """Send a mail; return how that ended, and what went wrong."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return MailResult.REFUSED, _words(error)
    try:
        connection.send_messages([mail])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        return MailResult.REFUSED, _words(error)
    except (OSError, smtplib.SMTPException) as error:
        return MailResult.UNSURE, _words(error)
    finally:
        connection.close()
    return MailResult.SENT, ""


def _words(error: Exception) -> str:
    """Return what went wrong, without what the server might echo of the mail."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "The mail server refused the user name or password: check PLUMBLINE_MAIL_USER and its password."
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "The mail server refused the recipient's address."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {error.smtp_code}."
    return f"The mail server could not be reached or hung up ({type(error).__name__})."
