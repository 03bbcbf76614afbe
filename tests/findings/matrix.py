"""Who gets what of the findings' URLs."""

from __future__ import annotations

from tests.findings.samples import a_finding, a_view
from tests.web.access import Page

MATRIX = {
    "findings:list": Page(),
    "findings:check": Page(kwargs=lambda _: {"check_id": "ec2_volume_encrypted"}),
    "findings:detail": Page(kwargs=lambda world: {"finding_id": a_finding(world)}, stranger=404),
    "findings:members": Page(query=lambda _: {"check": "ec2_volume_encrypted"}),
    "findings:views": Page(is_scoped=False),
    "findings:view": Page(
        kwargs=lambda world: {"view_id": a_view(world)}, owner=302, stranger=404, executive=404, admin=404
    ),
    "findings:undo": Page(method="post", owner=302, stranger=302, executive=302, admin=302),
    "findings:triage": Page(
        kwargs=lambda world: {"finding_id": a_finding(world)},
        method="post",
        data={"decision": "comment", "comment-text": "Looked at."},
        owner=302,
        stranger=404,
        executive=403,
        admin=302,
    ),
    "findings:triage_many": Page(
        query=lambda world: {"finding": a_finding(world)}, method="post", stranger=302, executive=403, is_scoped=False
    ),
}
