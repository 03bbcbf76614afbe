"""Forms of decisions on findings; `posture.history.triage` decides who may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import AwsAccount, Role, User
from posture.history import triage
from posture.history.query import FindingRecord

USUAL = timedelta(days=90)
"""For how long a risk is accepted unless somebody says otherwise."""
TEXT_LENGTH_MAX = 4000


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # it takes none when it runs
    """A person, by full name and login."""

    def label_from_instance(self, obj: User) -> str:
        """Return the name and login."""
        name = obj.get_full_name()
        return f"{name} ({obj.username})" if name else str(obj.username)


def _text(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3, "class": "form-control"})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=TEXT_LENGTH_MAX, widget=area)


class DecisionForm(forms.Form):
    """One decision on a finding.

    `apply` carries it out, and raises ValidationError as triage does.
    """

    button = ""
    asks = ""

    def __init__(self, *args: Any, accounts: Iterable[AwsAccount], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts, self.now = list(accounts), now
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "form-control")
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the findings."""

    def apply(self, user: User, finding: FindingRecord) -> None:
        """Do it to one finding."""
        raise NotImplementedError


class Comment(DecisionForm):
    """A comment."""

    button, asks = "Comment", "Comment"
    text = _text("Comment")

    def apply(self, user: User, finding: FindingRecord) -> None:
        triage.comment(user, finding, self.cleaned_data["text"])


class Start(DecisionForm):
    """Taking a finding on; it still counts."""

    button, asks = "Mark as in progress", "Start work"
    reason = _text("What is being done", "It goes on counting until it is fixed.", required=False)

    def apply(self, user: User, finding: FindingRecord) -> None:
        triage.start_work(user, finding, self.cleaned_data["reason"])


class Accept(DecisionForm):
    """Acceptance of the risk up to a date."""

    button, asks = "Accept the risk", "Accept the risk"
    reason = _text("Reason", "The next reader must be able to judge it.")
    expires_at = forms.DateField(
        label="Until",
        help_text="Within a year. After that day it counts again by itself.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def prepare(self) -> None:
        self.fields["expires_at"].initial = (self.now + USUAL).date()

    def apply(self, user: User, finding: FindingRecord) -> None:
        until = datetime.combine(self.cleaned_data["expires_at"], time.max, UTC)
        triage.accept_risk(user, finding, self.cleaned_data["reason"], until)


class FalsePositive(DecisionForm):
    """Says that the check errs here."""

    button, asks = "Mark as false positive", "Mark as false positive"
    reason = _text("What the check gets wrong", "It leaves the score until somebody reopens it.")

    def apply(self, user: User, finding: FindingRecord) -> None:
        triage.call_false_positive(user, finding, self.cleaned_data["reason"])


class Assign(DecisionForm):
    """Assignment to a person."""

    button, asks = "Assign", "Assign"
    assignee = PersonChoice(
        label="To", queryset=User.objects.none(), required=False, empty_label="Nobody", help_text="Owners and admins."
    )

    def prepare(self) -> None:
        field = self.fields["assignee"]
        field.widget.attrs["class"] = "form-select"
        field.queryset = people_for(self.accounts)  # type: ignore[attr-defined]  # a ModelChoiceField

    def apply(self, user: User, finding: FindingRecord) -> None:
        triage.assign(user, finding, self.cleaned_data["assignee"])


class Reopen(DecisionForm):
    """Withdrawal of a decision."""

    button, asks = "Reopen", "Reopen"
    reason = _text("Why", required=False)

    def apply(self, user: User, finding: FindingRecord) -> None:
        triage.reopen(user, finding, self.cleaned_data["reason"])


DECISIONS: Mapping[str, type[DecisionForm]] = {
    "comment": Comment,
    "assign": Assign,
    "start": Start,
    "accept": Accept,
    "false_positive": FalsePositive,
    "reopen": Reopen,
}


def people_for(accounts: Iterable[AwsAccount]) -> QuerySet[User]:
    """Return the admins, and the owners of every one of the accounts."""
    people = User.objects.filter(is_active=True)
    owners = people.filter(role=Role.OWNER)
    for account in accounts:
        owners = owners.filter(pk__in=User.objects.filter(_owns(account)).values("pk"))
    return people.filter(Q(role=Role.ADMIN) | Q(pk__in=owners.values("pk"))).order_by("username")


def _owns(account: AwsAccount) -> Q:
    owns = Q(ownerships__account=account)
    if account.unit is not None:
        parts = account.unit.path.strip("/").split("/")
        above = [f"/{'/'.join(parts[: number + 1])}/" for number in range(len(parts))]
        owns |= Q(ownerships__unit__organization=account.organization_id, ownerships__unit__path__in=above)
    return owns


def offered(finding: FindingRecord) -> list[str]:
    """Return the decisions that a finding allows in its current state."""
    names = ["comment", "assign"]
    if finding.closed_at is not None:
        return ["comment"]
    if finding.triage != "in_progress":
        names.append("start")
    if finding.status == "fail" and finding.triage != "accepted":
        names.append("accept")
    if finding.triage != "false_positive":
        names.append("false_positive")
    if finding.triage != "open":
        names.append("reopen")
    return names


Maker = Callable[[str], DecisionForm]


def maker(accounts: Iterable[AwsAccount], now: datetime, data: Any = None, bound: str = "") -> Maker:
    """Return what makes a form by its name, the one named `bound` with what was sent."""
    known = list(accounts)

    def make(name: str) -> DecisionForm:
        sent = data if name == bound else None
        return DECISIONS[name](sent, prefix=name, accounts=known, now=now)

    return make
