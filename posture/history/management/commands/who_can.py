"""`manage.py who_can ACTION RESOURCE --user NAME`: shows who may do an action.

By the policies that were read last, within what the user may see.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.http import Http404

from accounts.models import User
from posture.core.iam import Answer
from posture.core.iam.rcp import covered_services
from posture.core.iam.who_can import Access
from posture.history.query.access import AccessReport, who_may
from posture.history.scope import Scope


class Command(BaseCommand):
    """Shows who may do an action on a resource."""

    help = "Show who may do an action on a resource, through what, and on which conditions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the action, the resource, and whose eyes to look with."""
        parser.add_argument("action", help="an IAM action: s3:GetObject")
        parser.add_argument("resource", help="an ARN: arn:aws:s3:::records/2026/may.csv")
        parser.add_argument("--user", required=True, help="whose account scope counts, by user name")
        parser.add_argument("--json", action="store_true", help="write JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        """Write who may."""
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']}.")
        action: str = options["action"]
        if not action.partition(":")[2]:
            raise CommandError(f"{action} is not an IAM action such as s3:GetObject.")
        try:
            report = who_may(Scope.of(user), action, options["resource"])
        except Http404:
            raise CommandError(f"{user} sees no resource {options['resource']}.") from None
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))


def _as_text(report: AccessReport) -> str:
    allowed = [one for one in report.found if one.decision.value is Answer.ALLOWED]
    unknown = [one for one in report.found if one.decision.value is Answer.UNKNOWN]
    lines = [f"{report.action} on {report.arn}, in {report.resource.account}"]
    lines += ["", f"May ({len(allowed)}):", *(line for one in allowed for line in _lines(one))]
    lines += ["", f"Not known ({len(unknown)}):", *(line for one in unknown for line in _lines(one))]
    if report.unread:
        lines += ["", "There may be more, since these were not read:", *(f"  {one}" for one in report.unread)]
    day = covered_services().as_of
    lines += [
        "",
        f"Services that resource control policies cover: as of {day.day} {day:%B %Y}. Roles are taken at their widest;",
        "session policies, MFA and addresses of live sessions are not in an inventory.",
    ]
    return "\n".join(lines)


def _lines(one: Access) -> list[str]:
    outside = ", from outside" if one.is_outside else ""
    decision = one.decision
    return [
        f"  {one.name} ({one.kind}{outside})",
        *(f"      by {path}" for path in decision.by),
        *(f"      {sentence}" for sentence in decision.unless),
        *(f"      not read: {what}" for what in decision.blind),
    ]


def _as_json(report: AccessReport) -> str:
    found = [
        {
            "name": one.name,
            "kind": one.kind,
            "outside": one.is_outside,
            "decision": one.decision.value,
            "by": one.decision.by,
            "unless": one.decision.unless,
            "blind": one.decision.blind,
        }
        for one in report.found
    ]
    answer = {"action": report.action, "resource": report.arn, "found": found, "unread": list(report.unread)}
    return json.dumps(answer, ensure_ascii=False, indent=2)
