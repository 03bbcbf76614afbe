"""Trusts to parties outside, by condition and power."""

from __future__ import annotations

from collections.abc import Sequence

from posture.drawing import strands
from posture.drawing.strands import TrustStrand
from posture.pages.styleguide.drawings import HOSTILE, LONG_NAME, Example


def examples() -> Sequence[Example]:
    """Return trusts with each guard and edge, wide and upright."""
    found = [
        TrustStrand("444455556666", "account outside", "none", "no condition", "deploy", "administrator",
                    "administrator", "18 accounts", 18, url="#"),
        TrustStrand("GitHub Actions", "identity provider", "wide", "any repository", LONG_NAME, "reads classified data",
                    "data", "payments", 1, url="#"),
        TrustStrand(HOSTILE, "account outside", "holds", "external id", "audit", "ordinary", "plain", HOSTILE, 1,
                    is_unseen=True),
    ]  # fmt: skip
    return [
        ("Filled where anyone there may come in; hatched as last seen.", strands.draw(found, "Who may come in")),
        ("On a phone.", strands.draw_narrow(found, "Who may come in, narrow")),
    ]
