"""An Organization: its units, and its accounts with their units. Writes nothing.

Needs the management account or a delegated administrator. Raises `AskError` rather than returning a
part: from half a list of accounts the others would seem to have left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.sweep import normalizer, paging
from posture.sweep.actions import action_of
from posture.sweep.ask import Each, Perform, in_turn
from posture.sweep.errors import AskError, CancelledError, classify

NO_MEMBER = frozenset({"ChildNotFoundException", "AccountNotFoundException"})
"""Organizations' error when it is asked for the unit of an account that is not in it."""


@dataclass(frozen=True, slots=True)
class About:
    """What an account can read of the Organization that it is in."""

    id: str
    """As o-a1b2c3d4e5."""
    management_account_id: str
    all_features: bool
    """False where it only shares its billing: then it has no policies."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit, or the root (which has no parent)."""

    id: str
    name: str
    parent_id: str | None
    path: str
    """Ids from the root down to this unit, as `/r-ab12/ou-ab12-11111111/`."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the Organization."""

    id: str
    name: str
    email: str
    state: str
    """Organizations' `State`; its `Status` where an older answer has no `State`."""
    joined_at: datetime | None
    unit_id: str
    tags: Mapping[str, str] | None
    """None where the tags could not be read."""


@dataclass(frozen=True, slots=True)
class OrganizationTree:
    """An Organization at one moment; parents come before their children."""

    about: About
    units: Sequence[Unit]
    members: Sequence[Member]


class Reader:
    """Asks Organizations through one account's calls; `each` may ask concurrently."""

    def __init__(self, perform: Perform, region: str, each: Each = in_turn) -> None:
        self._perform = perform
        self._region = region
        self._each = each

    def about(self) -> About:
        """Return the account's Organization; `AskError` with SERVICE_NOT_ENABLED if none."""
        answer = self._once("describe_organization", {})["Organization"]
        return About(answer["Id"], answer["MasterAccountId"], answer.get("FeatureSet") == "ALL")

    def accounts(self) -> list[dict[str, Any]]:
        """Return all accounts as ListAccounts gives them."""
        return self._all("list_accounts", "Accounts")

    def has(self, account_id: str) -> bool:
        """Whether an account that no list held is a member all the same."""
        try:
            self._parent(account_id)
        except AskError as error:
            if error.failure.error in NO_MEMBER:
                return False
            raise
        return True

    def tree(self) -> OrganizationTree:
        """Return the whole Organization."""
        about = self.about()
        units = [unit for root in self._all("list_roots", "Roots") for unit in self._below(root, None)]
        accounts = self.accounts()
        places = dict(pair for pairs in self._each(self._inside, units) for pair in pairs)
        members = self._each(lambda account: self._member(account, places), accounts)
        return OrganizationTree(about, units, members)

    def _below(self, answer: Mapping[str, Any], parent: Unit | None) -> Iterator[Unit]:
        path = f"{parent.path if parent else '/'}{answer['Id']}/"
        unit = Unit(answer["Id"], answer["Name"], parent.id if parent else None, path)
        yield unit
        for child in self._all("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=unit.id):
            yield from self._below(child, unit)

    def _inside(self, unit: Unit) -> list[tuple[str, str]]:
        inside = self._all("list_accounts_for_parent", "Accounts", ParentId=unit.id)
        return [(account["Id"], unit.id) for account in inside]

    def _member(self, answer: Mapping[str, Any], units: Mapping[str, str]) -> Member:
        return Member(
            id=answer["Id"],
            name=answer.get("Name", answer["Id"]),
            email=answer.get("Email", ""),
            state=answer.get("State") or answer.get("Status") or "ACTIVE",
            joined_at=answer.get("JoinedTimestamp"),
            unit_id=units.get(answer["Id"]) or self._parent(answer["Id"]),
            tags=self._tags(answer["Id"]),
        )

    def _parent(self, account_id: str) -> str:
        """Return the unit of an account that was in no list, as one that moves may be."""
        parents = self._all("list_parents", "Parents", ChildId=account_id)
        return str(parents[0]["Id"])

    def _tags(self, account_id: str) -> Mapping[str, str] | None:
        try:
            tags = normalizer.tags_of(self._all("list_tags_for_resource", "Tags", ResourceId=account_id))
        except AskError:
            # Tags are a comfort: without them the account is still known.
            return None
        return tags if isinstance(tags, dict) else None

    def _all(self, operation: str, key: str, **params: Any) -> list[Any]:
        def once(asked: Mapping[str, Any]) -> dict[str, Any]:
            return self._once(operation, asked)

        try:
            pages = list(paging.pages("organizations", operation, params, once))
        except paging.BadPageError as error:
            raise AskError(classify(error, action_of("organizations", operation))) from error
        return [item for page in pages for item in paging.items(page, key)]

    def _once(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._perform("organizations", operation, self._region, params)
        except (AskError, CancelledError):
            raise
        except Exception as error:
            raise AskError(classify(error, action_of("organizations", operation))) from error
