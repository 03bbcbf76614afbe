"""The picture that fits each practice, the same on every page.

Made of how its checks are, and of nothing else.

A practice without a picture of its own gets a mark for each check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString

from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.check import Check
from posture.core.outcome import Severity
from posture.drawing import glyphs, svg
from posture.drawing.glyphs import GlyphCount, GlyphShare
from posture.drawing.marks import StateMark
from posture.history import query as history
from posture.history.query import FAILING, CheckSummary, FilteredRows, Triage
from posture.history.scope import Scope
from posture.responsibility.services import settled
from posture.web import ages
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

PRACTICES = "practices"
RESPONSIBILITY = "responsibility"
TOOLS = {
    "guardduty_detector_enabled": "GuardDuty",
    "securityhub_hub_enabled": "Sec. Hub",
    "config_region_recorded": "Config",
    "accessanalyzer_region_external_access_analyzed": "Analyzer",
    "inspector2_region_scanned": "Inspector",
    "macie_region_enabled": "Macie",
}
"""The checks of tools that are on or off in a region, as the columns of their picture."""
INTERNET_ACCESS = {
    "Any port": ("ec2_security_group_not_open_to_all",),
    "Admin": ("ec2_security_group_admin_ports_closed_to_ipv4", "ec2_security_group_admin_ports_closed_to_ipv6"),
    "Database": ("ec2_security_group_database_ports_closed",),
    "Files": ("ec2_security_group_cifs_closed",),
    "Public IP": ("ec2_instance_no_public_address", "ecs_service_no_public_address", "rds_instance_not_public"),
}
"""What lets the internet in, by the checks that find it."""
GUARDRAILS_CHECK = "organizations_account_guarded"
ENCRYPTED, CLASSIFIED = "_encrypted", "_classified"
"""How the ids of checks end that look at every resource of a kind for one property."""


@dataclass(frozen=True, slots=True)
class CheckTotals:
    """A check of a practice with its outcomes over the scope."""

    check: Check
    passed: int
    failed: int
    unknown: int

    @property
    def total(self) -> int:
        """All outcomes."""
        return self.passed + self.failed + self.unknown

    @property
    def mark(self) -> StateMark:
        """The mark of its worst outcome."""
        if self.failed:
            return StateMark.OFF
        return StateMark.UNSEEN if self.unknown else StateMark.ON


@dataclass(frozen=True, slots=True)
class _PictureData:
    """What a picture is made of; `mini` is the size of the overview's tiles."""

    request: HttpRequest
    scope: Scope
    practice_id: str
    judged: Sequence[CheckTotals]
    mini: bool

    def findings(self, **query: object) -> str:
        """Return the list of findings behind a part of the picture.

        The small picture leads nowhere itself.
        """
        return "" if self.mini else url_in_scope(self.request, "findings:list", None, status="fail", **query)

    def share(self, name: str, ids: Collection[str]) -> GlyphShare:
        """Return some checks' outcomes as one whole."""
        found = [one for one in self.judged if one.check.id in ids]
        passed = sum(one.passed for one in found)
        failed = sum(one.failed for one in found)
        unknown = sum(one.unknown for one in found)
        title = f"{name}: {passed:,} pass, {failed:,} fail, {unknown:,} unknown"
        return GlyphShare(name, passed, failed, unknown, self.findings(check=sorted(ids), group="none"), title)


def pictures(request: HttpRequest, scope: Scope, *, mini: bool = False) -> dict[str, SafeString]:
    """Return the picture of each practice that has anything to judge, by id."""
    judged = by_practice(history.summarize_checks(scope))
    return {name: picture(request, scope, name, found, mini=mini) for name, found in judged.items()}


def by_practice(summaries: Sequence[CheckSummary]) -> dict[str, list[CheckTotals]]:
    """Return the checks of each practice that judge anything, the worst first."""
    sums: dict[str, list[int]] = {}
    for one in summaries:
        mine = sums.setdefault(one.check_id, [0, 0, 0])
        for at, number in enumerate((one.passed, one.failed, one.unknown)):
            mine[at] += number
    found: dict[str, list[CheckTotals]] = {}
    for check_id, (passed, failed, unknown) in sums.items():
        check = all_checks().get(check_id)
        if check is None or not passed + failed + unknown:
            continue
        for reference in check.controls:
            framework, _, practice = reference.partition(":")
            if framework == PRACTICES:
                found.setdefault(practice, []).append(CheckTotals(check, passed, failed, unknown))
        # Each check is about a layer that is the customer's, at least in part.
        found.setdefault(RESPONSIBILITY, []).append(CheckTotals(check, passed, failed, unknown))
    for judged in found.values():
        judged.sort(key=lambda one: (not one.failed, not one.unknown, -one.check.severity, one.check.title))
    return found


def picture(
    request: HttpRequest, scope: Scope, practice_id: str, judged: Sequence[CheckTotals], *, mini: bool = False
) -> SafeString:
    """Return the picture of a practice; "" where there is nothing to judge."""
    if not judged:
        return svg.join(())
    drawing = _PictureData(request, scope, practice_id, judged, mini)
    return _FORMS.get(practice_id, _steps)(drawing) or _steps(drawing)


def _by_kind(ending: str) -> Callable[[_PictureData], SafeString | None]:
    def draw(drawing: _PictureData) -> SafeString | None:
        kinds = {
            one.check.resource_type: one.check.id
            for one in drawing.judged
            if one.check.id.endswith(ending) and one.total
        }
        rows = [drawing.share(_kind(kind), (check_id,)) for kind, check_id in kinds.items()]
        rows.sort(key=lambda row: (row.passed / row.total, -row.total))
        words = f"{'Encrypted' if ending == ENCRYPTED else 'Classified'} by kind of store"
        return glyphs.shares(rows, words, mini=drawing.mini) if rows else None

    return draw


def _kind(resource_type: str) -> str:
    collector = all_collectors().get(resource_type)
    return collector.plural if collector else resource_type


def _tools(drawing: _PictureData) -> SafeString | None:
    known = {one.check.id for one in drawing.judged}
    found = [drawing.share(name, (check_id,)) for check_id, name in TOOLS.items() if check_id in known]
    return glyphs.columns(found, "AWS tools by share of regions", mini=drawing.mini) if found else None


def _internet_access(drawing: _PictureData) -> SafeString | None:
    known = {one.check.id: one for one in drawing.judged}
    found = [
        GlyphCount(
            name,
            sum(known[each].failed for each in ids if each in known),
            "fail",
            drawing.findings(check=list(ids), group="none"),
        )
        for name, ids in INTERNET_ACCESS.items()
        if any(each in known for each in ids)
    ]
    return glyphs.counts(found, "Ways in from the internet", mini=drawing.mini) if found else None


def _severities(drawing: _PictureData) -> SafeString:
    found = [
        GlyphCount(
            severity.label,
            sum(one.failed for one in drawing.judged if one.check.severity is severity),
            severity.label.lower(),
            drawing.findings(practice=drawing.practice_id, severity=int(severity)),
        )
        for severity in sorted(Severity, reverse=True)
    ]
    return glyphs.counts(found, "What fails by severity", mini=drawing.mini)


def _ages(drawing: _PictureData) -> SafeString:
    rows = history.load_open_findings(drawing.scope)
    conditions = {
        "sight": rows.having("sight", FAILING),
        "triage": ~rows.having("triage", Triage.SET_ASIDE),
        "check": rows.having("check", {one.check.id for one in drawing.judged}),
    }
    counted = ages.counts(FilteredRows(rows, conditions, {}), drawing.scope.now).sum(axis=0).tolist()
    found = [
        GlyphCount(
            age.words,
            number,
            url=drawing.findings(practice=drawing.practice_id, age=age.value, group="none"),
            is_late=age.below is None,
        )
        for age, number in zip(ages.AGES, counted, strict=True)
    ]
    return glyphs.histogram(found, "What fails by age", mini=drawing.mini)


def _accounts(drawing: _PictureData) -> SafeString | None:
    one = drawing.share("Accounts with guardrails", (GUARDRAILS_CHECK,))
    return glyphs.squares(one, one.title, mini=drawing.mini) if one.total else None


def _steps(drawing: _PictureData) -> SafeString:
    found = [
        (
            one.mark,
            f"{one.check.title}: {one.failed:,} of {one.total:,} fail",
            drawing.findings(check=one.check.id) if one.failed else "",
        )
        for one in drawing.judged
    ]
    failing = sum(one.failed > 0 for one in drawing.judged)
    unseen = sum(one.mark is StateMark.UNSEEN for one in drawing.judged)
    words = f"{figure(failing)} of {plural(len(found), 'check')} {'fails' if failing == 1 else 'fail'}"
    words += f", {figure(unseen)} not seen" if unseen else ""
    return glyphs.steps(found, words, words, mini=drawing.mini)


def _services(drawing: _PictureData) -> SafeString:
    """Draw a mark for each service in use, those with duties that are not met first."""
    by_service: dict[str, list[CheckTotals]] = {}
    for one in drawing.judged:
        by_service.setdefault(settled(one.check.resource_type).title, []).append(one)
    url = "" if drawing.mini else url_in_scope(drawing.request, "practices:responsibility")
    found = []
    for title, mine in by_service.items():
        mark = next((state for state in _WORST_FIRST if any(one.mark is state for one in mine)), StateMark.ON)
        failing = sum(one.failed > 0 for one in mine)
        found.append((mark, f"{title}: {failing:,} of {plural(len(mine), 'check')} fail", url))
    found.sort(key=lambda one: _WORST_FIRST.index(one[0]))
    unmet = sum(mark is StateMark.OFF for mark, _, _ in found)
    words = (
        f"{figure(unmet)} of {plural(len(found), 'service')} {'has' if unmet == 1 else 'have'} a duty of yours unmet"
    )
    return glyphs.steps(found, words, words, mini=drawing.mini)


_WORST_FIRST = (StateMark.OFF, StateMark.UNSEEN, StateMark.ON)

_FORMS: Mapping[str, Callable[[_PictureData], SafeString | None]] = {
    "iam": _severities,
    "vpc": _internet_access,
    "accounts": _accounts,
    "encryption": _by_kind(ENCRYPTED),
    "data": _by_kind(CLASSIFIED),
    "legacy": _ages,
    "native": _tools,
    RESPONSIBILITY: _services,
}
