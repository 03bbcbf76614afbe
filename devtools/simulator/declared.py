"""Read the organization and its story, and plan what exists in each week.

Pure: it calls no simulator.

A week's plan is the organization as declared plus all changes up to that week; what a step has to do is the
difference of two plans.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
GLOBAL = "global"
EACH = "each"
RENEWED = frozenset({"instance-group"})
"""Kinds of things that are replaced every week, whatever the story changes."""


class WrongDataError(Exception):
    """The data files contradict themselves; the message names the place."""


@dataclass(frozen=True, order=True)
class Name:
    """What identifies a declared thing.

    Its kind, the AWS account's id, region (or `global`) and name.
    """

    kind: str
    account: str
    region: str
    name: str


Plan = dict[Name, dict[str, Any]]


@dataclass(frozen=True)
class Account:
    """An AWS account as declared.

    `ou` is a path of OU names, '' for the management account.
    """

    id: str
    name: str
    email: str
    owner: str
    ou: str = ""
    environment: str = "production"
    cost_center: str = ""
    network: str = ""
    plan: str = "basic"
    opened: str = "2023-01-10"
    status: str = "ACTIVE"
    joins: int = 0
    stacks: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Week:
    """One step of the story: which week it is, its title, and which changes it brings."""

    week: int
    title: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True)
class Hour:
    """A change of everyday life after the story."""

    title: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True)
class Declared:
    """The two data files, read."""

    organization: dict[str, Any]
    accounts: list[Account]
    templates: dict[str, dict[str, list[dict[str, Any]]]]
    weeks: list[Week]
    digest: str
    hours: list[Hour] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Declared:
        """Read `organization.toml` and `story.toml`.

        The digest changes with every byte of them.
        """
        files = [(folder / name).read_bytes() for name in ("organization.toml", "story.toml")]
        organization, story = (tomllib.loads(content.decode()) for content in files)
        return cls(
            organization=organization["organization"],
            accounts=[Account(**a) for a in organization["account"]],
            templates=organization["template"],
            weeks=[Week(w["week"], w["title"], w.get("changes", [])) for w in story["week"]],
            digest=hashlib.sha256(b"\0".join(files)).hexdigest()[:16],
            hours=[Hour(h["title"], h["changes"]) for h in story["hour"]],
        )

    @property
    def regions(self) -> list[str]:
        return list(self.organization["regions"])

    @property
    def last_week(self) -> int:
        return max(w.week for w in self.weeks)

    @cached_property
    def by_name(self) -> dict[str, Account]:
        return {a.name: a for a in self.accounts}

    @cached_property
    def by_id(self) -> dict[str, Account]:
        return {a.id: a for a in self.accounts}

    def week(self, number: int) -> Week:
        """Return the step of a week; a week without a step has no changes."""
        return next((w for w in self.weeks if w.week == number), Week(number, "A quiet week", []))

    def date_of(self, week: int, now: dt.datetime) -> dt.datetime:
        """Return a week's moment: the last one is `now`, the others whole weeks before it."""
        return now - dt.timedelta(weeks=self.last_week - week)

    def plan(self, week: int) -> Plan:
        """Return everything that exists in a week, with its settings.

        A week before the first holds nothing.
        """
        plan: Plan = {}
        if week < 0:
            return plan
        plan.update(self._organization())
        for number in range(week + 1):
            for account in self.accounts:
                if account.joins == number:
                    plan.update(self._stacks_of(account))
            for change in self.week(number).changes:
                self._change(plan, change, number)
        return {name: {**now, "week": week} if name.kind in RENEWED else now for name, now in plan.items()}

    def plan_of_hour(self, hour: int) -> Plan:
        """Return everything that exists a number of hours after the end of the story.

        The hours of the data come round again and again, and the last leaves what the first found.
        """
        plan = self.plan(self.last_week)
        for number in range(hour % len(self.hours)):
            for change in self.hours[number].changes:
                self._change(plan, change, self.last_week)
        return plan

    def title_of_hour(self, hour: int) -> str:
        """Return what happens in an hour after the story, from 1."""
        return self.hours[(hour - 1) % len(self.hours)].title

    def _organization(self) -> Iterator[tuple[Name, dict[str, Any]]]:
        management = self.organization["management"]
        yield (
            Name("organization", management, GLOBAL, "organization"),
            {"email": self.by_id[management].email, **self.organization["settings"]},
        )
        yield (
            Name("caller", management, GLOBAL, self.organization["caller"]),
            {"access_key": self.organization["access_key"]},
        )
        for path in self.organization["ous"]:
            yield Name("ou", management, GLOBAL, path), {}
        for policy in self.organization["policies"]:
            yield Name("policy", management, GLOBAL, policy["name"]), {k: v for k, v in policy.items() if k != "name"}
        for account, services in self.organization["delegations"].items():
            yield Name("delegation", management, GLOBAL, account), {"services": services}

    def _stacks_of(self, account: Account) -> Iterator[tuple[Name, dict[str, Any]]]:
        settings: dict[str, Any] = {
            "account": account.id,
            "ou": account.ou,
            "status": account.status,
            "tags": {"owner": account.owner, "environment": account.environment, "cost-center": account.cost_center},
        }
        yield Name("account", self.organization["management"], GLOBAL, account.name), settings
        yield Name("support", account.id, GLOBAL, "support"), {"plan": account.plan}
        if account.status != "ACTIVE":
            return
        for stack in account.stacks:
            try:
                template = self.templates[stack["template"]]
            except KeyError:
                raise WrongDataError(f"{account.name} uses {stack.get('template')!r}, which is no template.") from None
            for kind, entries in template.items():
                for entry in entries:
                    yield from self._expand(account, stack, kind, entry)

    def _expand(
        self, account: Account, stack: dict[str, Any], kind: str, entry: dict[str, Any]
    ) -> Iterator[tuple[Name, dict[str, Any]]]:
        wanted = entry.get("region", stack.get("region", self.regions[0]))
        for region in self.regions if wanted == EACH else [wanted]:
            words = {
                "account": account.name,
                "id": account.id,
                "environment": account.environment,
                "network": account.network,
                "region": region,
                "place": self.regions.index(region) if region in self.regions else 0,
            }
            settings = {k: _filled(v, words) for k, v in entry.items() if k not in {"name", "region"}}
            settings |= _filled(stack.get("set", {}).get(kind, {}), words)
            yield Name(kind, account.id, region, _filled(entry.get("name", kind), words)), settings

    def _change(self, plan: Plan, change: dict[str, Any], week: int) -> None:
        met = self._met(plan, change)
        if change.get("remove"):
            for name in met:
                del plan[name]
        elif "new" in change:
            account = self._account(change["account"], week)
            region = change.get("region", self.regions[0])
            words = {"account": account.name, "id": account.id, "environment": account.environment, "region": region}
            name = Name(change["kind"], account.id, region, _filled(change["new"], words))
            plan[name] = _filled(change.get("set", {}), words)
        elif not met:
            raise WrongDataError(f"Week {week} changes {change}, but nothing is called so then.")
        else:
            for name in met:
                plan[name] = {**plan[name], **change["set"]}

    def _account(self, name: str, week: int) -> Account:
        try:
            return self.by_name[name]
        except KeyError:
            raise WrongDataError(f"Week {week} speaks of account {name!r}, which is not declared.") from None

    def _met(self, plan: Plan, change: dict[str, Any]) -> list[Name]:
        """Return what a change is about.

        By kind, and by patterns of account, OU, region and name.
        """
        return [
            name
            for name in plan
            if name.kind == change["kind"]
            and fnmatchcase(name.region, change.get("region", "*"))
            and fnmatchcase(name.name, change.get("name", "*"))
            and self._in_scope(self.by_id.get(name.account), change)
        ]

    def _in_scope(self, account: Account | None, change: dict[str, Any]) -> bool:
        if account is None:
            return False
        accounts = change.get("account", "*")
        patterns = accounts if isinstance(accounts, list) else [accounts]
        return any(fnmatchcase(account.name, p) for p in patterns) and account.ou.startswith(change.get("ou", ""))


def _filled(value: Any, words: dict[str, Any]) -> Any:
    """Fill in the {placeholders} of a text, and of texts in lists and tables."""
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(f"{{{word}}}", str(text))
        return value
    if isinstance(value, list):
        return [_filled(v, words) for v in value]
    if isinstance(value, dict):
        return {k: _filled(v, words) for k, v in value.items()}
    return value
