"""Remedies for accounts that are not active, from the management account."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import AwsAccount

State = AwsAccount.State

STATE_REMEDIES: Mapping[str, str] = {
    State.PENDING_ACTIVATION: "Its sign-up is unfinished: complete it as its root user, or close the account from the "
    "management account.",
    State.SUSPENDED: "AWS restricts it: ask AWS Support from the management account to reinstate it, or close it "
    "there. Until then, move it to a unit whose policies deny everything.",
    State.PENDING_CLOSURE: "It is being closed: nothing to do, or ask AWS Support from the management account to keep "
    "it.",
    State.CLOSED: "AWS deletes what is in it 90 days after its closing; until then AWS Support can reopen it, asked "
    "from the management account.",
}


def remedy_for(state: str) -> str:
    """Return a sentence on what can be done.

    Empty for what is active, and for what has left.
    """
    return STATE_REMEDIES.get(state, "")
