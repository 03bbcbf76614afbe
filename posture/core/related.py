"""What a check may see besides its own resource: others of the same account."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from posture.core.gap import ANY, Gap, GapReason
from posture.core.population import unfolded
from posture.core.resource import Resource
from posture.core.values import AbsentFieldError, Unknown, UnknownFieldError, any_of, first_known

Found = TypeVar("Found")

logger = logging.getLogger(__name__)

Keys = Callable[[Resource], Iterable[str]]
"""What a resource is looked up by, such as the ids that it names."""


class Index:
    """The resources of one type and region by their keys, for fast look-ups."""

    def __init__(self, resources: Iterable[Resource], keys: Keys) -> None:
        self._by_key: dict[str, list[Resource]] = {}
        self._unknown: UnknownFieldError | None = None
        for resource in resources:
            try:
                for key in keys(resource):
                    self._by_key.setdefault(key, []).append(resource)
            except UnknownFieldError as error:
                self._unknown = error
            except AbsentFieldError as error:
                # Recorded before the field was read, perhaps: it may have any key until it is recorded again.
                self._unknown = UnknownFieldError(Unknown(str(error), "Absent", GapReason.BAD_ANSWER))
            except Exception as error:
                # One odd resource must not hide the others: it may have any key, as one that could not be read.
                logger.exception("the keys of %s could not be read", resource.arn)
                odd = Unknown(f"keys of {resource.type}", type(error).__name__, GapReason.BAD_ANSWER)
                self._unknown = UnknownFieldError(odd)

    def get(self, key: str, *, whole: bool = False) -> list[Resource]:
        """Return the resources with a key.

        Raises `UnknownFieldError` where none is known to have it and one may; if `whole`, also where others have it.
        """
        found = self._by_key.get(key, [])
        if (whole or not found) and self._unknown:
            raise self._unknown
        return found


class Neighbourhood:
    """All resources and gaps of one account in one sweep, indexed by type and region.

    Of a population its members are there, one by one: checks ask for an id, and not for a group.
    """

    def __init__(self, resources: Iterable[Resource], gaps: Sequence[Gap]) -> None:
        self._by_type: dict[str, list[Resource]] = {}
        self._by_region: dict[str, dict[str, list[Resource]]] = {}
        """By type and region, of the types that were asked for: most are not."""
        self._folded: defaultdict[str, list[Resource]] = defaultdict(list)
        """By type as they were given, until they are asked for."""
        for resource in resources:
            self._folded[resource.type].append(resource)
        self._indexes: dict[tuple[str, str, Keys], Index] = {}
        self._gaps = [gap for gap in gaps if gap.reason.blinds]
        self._not_offered = [gap for gap in gaps if gap.reason is GapReason.NOT_OFFERED]

    @classmethod
    def of_example(
        cls, resources: Sequence[Resource], gap_types: Sequence[str], account_id: str, not_offered: Sequence[str] = ()
    ) -> Neighbourhood:
        """Build the neighbourhood of an example.

        Each of `gap_types` is refused, each of `not_offered` not offered, in every region.
        """
        gaps = [Gap(account_id, ANY, kind, f"list {kind}", GapReason.DENIED, "AccessDenied") for kind in gap_types]
        gaps += [
            Gap(account_id, ANY, kind, f"list {kind}", GapReason.NOT_OFFERED, "NotOffered") for kind in not_offered
        ]
        return cls(resources, gaps)

    def here(self, resource_type: str, region: str, within: str = "") -> list[Resource]:
        """Resources of a type in one region; raises `UnknownFieldError` for a gap.

        If only those are needed whose ARNs begin with `within`, a gap in another part hides nothing.
        """
        self._refuse(gap for gap in self._gaps if gap.covers(region, resource_type, within))
        regions = self._by_region.get(resource_type)
        if regions is None:
            regions = {}
            for resource in self._of_type(resource_type):
                regions.setdefault(resource.region, []).append(resource)
            # Kept once it is whole: a check may be ended while it waits for this.
            self._by_region[resource_type] = regions
        return regions.get(region, [])

    def index(self, resource_type: str, region: str, keys: Keys, within: str = "") -> Index:
        """Resources of a type in one region by what `keys` returns; raises for a gap."""
        resources = self.here(resource_type, region, within)
        place = (resource_type, region, keys)
        known = self._indexes.get(place)
        if known is None:
            known = self._indexes[place] = Index(resources, keys)
        return known

    def offered(self, resource_type: str, region: str) -> bool:
        """Whether AWS offers a type's service in a region, as far as the sweep has met it."""
        return not any(gap.covers(region, resource_type) for gap in self._not_offered)

    def everywhere(self, resource_type: str) -> list[Resource]:
        """Resources of a type in any region; raises `UnknownFieldError` for any gap."""
        self._refuse(gap for gap in self._gaps if gap.resource_type in {ANY, resource_type})
        return self._of_type(resource_type)

    def first_known(self, resource_type: str, answer: Callable[[Resource], Found | None]) -> Found | None:
        """Return the first known answer but None from regions without a gap.

        Raises where there is no answer but a gap.
        """
        gaps = [gap for gap in self._gaps if gap.resource_type in {ANY, resource_type}]
        # What is kept of a region from an earlier sweep is not known to be so today.
        listed = [
            one
            for one in self._of_type(resource_type)
            if not any(gap.covers(one.region, resource_type) for gap in gaps)
        ]
        return first_known(*(partial(answer, one) for one in listed), lambda: self._refuse(gaps))

    def _of_type(self, resource_type: str) -> list[Resource]:
        found = self._by_type.get(resource_type)
        if found is None:
            folded = self._folded.get(resource_type, ())
            found = self._by_type[resource_type] = [one for each in folded for one in unfolded(each)]
        return found

    @staticmethod
    def _refuse(gaps: Iterable[Gap]) -> None:
        for gap in gaps:
            raise UnknownFieldError(Unknown(gap.action, gap.error, gap.reason))


class Related:
    """A check's own view of the neighbourhood: only the types declared in `needs`."""

    def __init__(self, neighbourhood: Neighbourhood, needs: Sequence[str], region: str) -> None:
        self._neighbourhood = neighbourhood
        self._needs = needs
        self._region = region

    def here(self, resource_type: str) -> list[Resource]:
        """Resources of a needed type in the judged resource's region; a gap there raises."""
        self._declared(resource_type)
        return self._neighbourhood.here(resource_type, self._region)

    def here_by(
        self, resource_type: str, keys: Keys, key: str, *, region: str = "", within: str = ""
    ) -> list[Resource]:
        """Resources of a needed type that have a key of `keys`.

        They are in the judged resource's region, unless another is asked for. If `within` is the beginning of the
        ARNs of all that may have the key, a gap in another part hides nothing.
        """
        self._declared(resource_type)
        return self._neighbourhood.index(resource_type, region or self._region, keys, within).get(key)

    def any_by(
        self, resource_type: str, keys: Keys, key: str, answer: Callable[[Resource], bool], *, region: str
    ) -> bool:
        """Return True if the answer is for any resource in a region that has a key.

        One suffices; where there is none, an unknown answer, an unknown key or a gap in the region raises.
        """
        self._declared(resource_type)
        index = self._neighbourhood.index(resource_type, region, keys)

        def refuse_hidden() -> bool:
            index.get(key, whole=True)
            return False

        return any_of(lambda: any_of(*(partial(answer, one) for one in index.get(key))), refuse_hidden)

    def offered_here(self, resource_type: str) -> bool:
        """Whether AWS offers a needed type's service in the judged resource's region."""
        self._declared(resource_type)
        return self._neighbourhood.offered(resource_type, self._region)

    def everywhere(self, resource_type: str) -> list[Resource]:
        """Resources of a needed type in the whole account; a gap in any region raises."""
        self._declared(resource_type)
        return self._neighbourhood.everywhere(resource_type)

    def first_known(self, resource_type: str, answer: Callable[[Resource], Found | None]) -> Found | None:
        """Return the first answer but None of a needed type's resources in the account.

        One suffices, whatever else is unknown; where there is none, an unknown answer or a gap in any region raises.
        """
        self._declared(resource_type)
        return self._neighbourhood.first_known(resource_type, answer)

    def _declared(self, resource_type: str) -> None:
        if resource_type not in self._needs:
            raise LookupError(f"{resource_type} is read but not declared in needs=")
