"""A sweep's result in one sentence."""

from __future__ import annotations

from posture.history.query import Snapshot
from posture.pages.sweeps.queries import SweepStatus
from posture.web.templatetags.words import figure, joined, plural

NAMED = 2
"""Accounts that the sentence names."""


def headline(status: SweepStatus) -> str:
    """Return what a sweep came to, or how far it is."""
    state, accounts = status.snapshot.state, plural(status.asked, "account")
    unfinished = {
        Snapshot.State.RUNNING: f"Sweep running: {figure(status.answered)} of {accounts} done",
        Snapshot.State.CANCELLED: f"Sweep cancelled after {figure(status.done)} of {accounts}",
        Snapshot.State.FAILED: "Sweep failed: no account could be read",
    }
    return unfinished.get(Snapshot.State(state)) or _complete(status, accounts)


def _complete(status: SweepStatus, accounts: str) -> str:
    if not status.asked:
        return "No account of yours was swept"
    if not status.done:
        return f"None of {accounts} could be read"
    if status.failed:
        return f"{figure(status.done)} of {accounts} were read; {_unread(status)}"
    every = "The account was" if status.asked == 1 else f"All {accounts} were"
    if status.gapped:
        return f"{every} read, {'in part' if status.asked == 1 else f'{figure(status.gapped)} of them in part'}"
    return f"{every} read in full"


def _unread(status: SweepStatus) -> str:
    troubled = status.failed
    if len(troubled) > NAMED:
        return f"{figure(len(troubled))} could not be"
    return f"{joined([part.account.name for part in troubled])} could not be"
