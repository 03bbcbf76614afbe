"""What key figures mean and how they are worked out.

One text each, which `{% help "score" %}` opens next to a figure.

Adding one costs one entry here. Figures in a text that code decides are taken from that code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posture.core.outcome import TIME_LIMITS, Severity


@dataclass(frozen=True, slots=True)
class Help:
    """Help for a figure: its name, meaning, method, and a page with more."""

    name: str
    text: str
    method: str = ""
    page: str = ""
    link: str = ""
    kwargs: Mapping[str, object] = field(default_factory=dict)


_WEIGHTS = ", ".join(f"{one.label.lower()} {one.weight}" for one in sorted(Severity, reverse=True))
_LIMITS = ", ".join(f"{one.label.lower()} {TIME_LIMITS[one].days}" for one in sorted(Severity, reverse=True))

HELP: Mapping[str, Help] = {
    "score": Help(
        "the score",
        "100 means that nothing that was checked fails. The first number counts all that could not be seen as wrong, "
        "the second as right: the truth is between them.",
        f"Each check weighs by its severity ({_WEIGHTS}) and costs the share of its resources that fail. "
        "Several accounts: the mean of theirs by weight.",
        "dashboard:score",
        "The formula with your figures",
    ),
    "unseen": Help(
        "what could not be seen",
        "What AWS refused to show, or a sweep could not read. It is hatched everywhere, and never counts as good.",
        "In each account, what was there before and cannot be seen now, and each listing that was refused, as a share "
        "of all that there is to see. Several accounts: the mean of theirs by weight.",
        "sweeps:gaps",
        "The gaps and how to close them",
    ),
    "trend": Help(
        "the score through time",
        "The line is the lower end of the score after each sweep; the hatched band reaches up to its upper end.",
        "Named events are the largest movements. The dotted line is the date that you compare with.",
        "drift:drift",
        "All that changed",
    ),
    "ages": Help(
        "severity by age",
        "Open findings by severity and by how long they have been open. Right of the line they are past the time "
        "limit of their severity.",
        f"Limits in days: {_LIMITS}. Findings that were accepted, muted or called false are left out.",
        "findings:list",
        "The findings",
    ),
    "time-to-fix": Help(
        "time to fix",
        "Half of the findings that were fixed in the period had been open for less than this, half for longer.",
        "From when a finding opened until a sweep saw it fixed, time not seen left out. A deleted resource or a "
        "changed rule is no fix.",
        "drift:fixing",
        "Time to fix by check and account",
    ),
    "coverage": Help(
        "the coverage share",
        "The share of account-regions in which a tool is fully on, of all in which AWS offers it.",
        "On without its plans, standards or delivery is partly on, and does not count. What could not be read is "
        "unknown: neither on nor off.",
        "coverage:matrix",
        "Coverage by account and region",
    ),
    "weight": Help(
        "an account's weight",
        "How much an account counts in the score of several accounts: 2 counts twice as much as 1, and 0 not at all.",
        "An admin sets it on the account's page. It is 1 unless it was changed.",
        "dashboard:score",
        "The mean with each weight",
    ),
    "check-weight": Help(
        "a check's weight",
        "How much a check counts in an account's score. It depends on the severity alone.",
        f"Weights: {_WEIGHTS}. A check costs its weight times the share of its resources that fail.",
    ),
    "map": Help(
        "the map of accounts",
        "Each tile is an account: the larger it is the more resources it has, and the darker the lower its score.",
        "Hatching from the bottom is the share that could not be seen. A disc counts open critical findings.",
        "organization:table",
        "The same as a table",
    ),
    "practice-score": Help(
        "a practice's score",
        "The score of the checks that serve this practice, in the accounts of the scope.",
        f"Worked out like the score: each check weighs by its severity ({_WEIGHTS}).",
        "practices:list",
        "All practices",
    ),
    "attribution": Help(
        "why the score moved",
        "The change between the two dates, split into its causes. The parts add up to the whole.",
        "Each part is how far it alone would have moved the score: settings fixed or broken, resources made or gone, "
        "changed rules, and what could be seen.",
        "drift:why",
        "By check, account and resource",
    ),
}
