"""A sweep's result in one sentence."""

from __future__ import annotations

from posture.history.query import Snapshot
from posture.pages.sweeps.queries import SweepStatus
from posture.web.templatetags.words import figure, joined, plural

NAMED = 2
"""Accounts that the sentence names."""


def headline(standing: SweepStatus) -> str:
    """Return what a sweep came to, or how far it is."""
    state, accounts = standing.snapshot.state, plural(standing.asked, "account")
    unfinished = {
        Snapshot.State.RUNNING: f"Sweep running: {figure(standing.answered)} of {accounts} done",
        Snapshot.State.CANCELLED: f"Sweep cancelled after {figure(standing.done)} of {accounts}",
        Snapshot.State.FAILED: "Sweep failed: no account could be read",
    }
    return unfinished.get(Snapshot.State(state)) or _complete(standing, accounts)


def _complete(standing: SweepStatus, accounts: str) -> str:
    if not standing.asked:
        return "No account of yours was swept"
    if not standing.done:
        return f"None of {accounts} could be read"
    if standing.failed:
        return f"{figure(standing.done)} of {accounts} were read; {_unread(standing)}"
    every = "The account was" if standing.asked == 1 else f"All {accounts} were"
    if standing.gapped:
        return f"{every} read, {'in part' if standing.asked == 1 else f'{figure(standing.gapped)} of them in part'}"
    return f"{every} read in full"


def _unread(standing: SweepStatus) -> str:
    troubled = standing.failed
    if len(troubled) > NAMED:
        return f"{figure(len(troubled))} could not be"
    return f"{joined([part.account.name for part in troubled])} could not be"
