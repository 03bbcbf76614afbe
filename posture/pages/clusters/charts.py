"""Pictures of a cluster: levels by namespace, who holds power, IAM in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.drawing import cluster as chains
from posture.drawing.cluster import ChainRow, PowerGroup, crossings, levels
from posture.drawing.cluster.boxes import Arrow, NodeBox
from posture.drawing.cluster.crossings import Crossing, Unseen
from posture.drawing.cluster.levels import Enforced, LevelRow
from posture.pages.clusters.facts import (
    LEVELS,
    POWER_WORDS,
    ClusterConnection,
    ClusterFacts,
    ClusterPower,
    Entrance,
    Exit,
    Namespace,
    RbacSubject,
)
from posture.pages.clusters.queries import EksCluster
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

NAMESPACES_MAX = 12
DANGEROUS_MAX, OTHERS_MAX = 5, 2
CROSSINGS_MAX = 5
NAMED_MAX = 2
AS_FAR = ", as far as it was read"
KIND_WORDS = {"ServiceAccount": "service account", "User": "user", "Group": "group", "Principal": "IAM"}
ENFORCED = {None: None, "": Enforced.NOTHING, "baseline": Enforced.BASELINE, "restricted": Enforced.RESTRICTED}


@dataclass(frozen=True, slots=True)
class ClusterPictures:
    """Makes the pictures of one cluster for one request."""

    request: HttpRequest
    cluster: EksCluster
    facts: ClusterFacts

    def url(self, page: str, **query: str) -> str:
        """Return the URL of a page about the cluster."""
        return url_in_scope(self.request, f"clusters:{page}", {"resource_id": self.cluster.record.resource_id}, **query)

    def levels(self) -> Panel | None:
        """Return namespaces by level; None without any."""
        found = self.facts.namespaces
        if not found:
            return None
        rows = [self._level_row(one) for one in shown_namespaces(found)]
        title = levels_title(self.facts)
        return Panel(
            title,
            "Workloads",
            self.url("workloads"),
            levels.draw(rows, title),
            ("Namespace", "Enforced", "Restricted", "Baseline", "Neither", "Controls not met", "Pods"),
            [
                (one.name, _enforced(one), *(None if one.is_unread else one.count(level) for level in LEVELS),
                 one.cause, one.pods)
                for one in found
            ],
            levels.draw_narrow(rows, title),
        )  # fmt: skip

    def _level_row(self, one: Namespace) -> LevelRow:
        return LevelRow(
            name=one.name,
            counts=(one.count("restricted"), one.count("baseline"), one.count("neither")),
            enforced=ENFORCED[one.enforced],
            cause=_cause(one),
            pods="?" if one.pods is None else figure(one.pods),
            url=self.url("workloads", namespace=one.name),
            zone_urls=(
                self.url("workloads", namespace=one.name, level="restricted"),
                self.url("workloads", namespace=one.name, level="baseline"),
                self.url("workloads", namespace=one.name, level="neither"),
            ),
            is_unseen=one.is_unread,
            is_own=one.is_own,
        )

    def powers(self) -> Panel | None:
        """Return subjects by their power; None where nobody holds anything."""
        groups = list(self._groups())
        if not groups:
            return None
        title = powers_title(self.facts)
        listed = [one for one in self.facts.subjects if one.power not in (ClusterPower.HARMLESS, ClusterPower.OWN)]
        return Panel(
            title,
            "All subjects",
            self.url("rbac"),
            chains.draw(groups, title),
            ("Subject", "Kind", "Power", "Steps", "First binding", "First rule"),
            [
                (
                    short_name(one),
                    KIND_WORDS[one.kind],
                    POWER_WORDS[one.power],
                    ", ".join(step.verb for step in one.steps),
                    name_of(one.steps[0].binding) if one.steps else "",
                    one.steps[0].rule if one.steps else "",
                )
                for one in listed
            ],
            chains.draw_narrow(groups, title),
        )

    def _groups(self) -> Iterator[PowerGroup]:
        dangerous = self.facts.of(ClusterPower.HAS, ClusterPower.TAKES)
        if dangerous:
            rows = [self._chain(one) for one in dangerous[:DANGEROUS_MAX]]
            if len(dangerous) > DANGEROUS_MAX:
                rows.append(self._rest(dangerous[DANGEROUS_MAX:]))
            yield PowerGroup("Cluster-admin", "all secrets, pods, nodes", rows, list(_lines(dangerous)), True)
        others = self.facts.of(ClusterPower.OTHER)
        if others:
            rows = [self._chain(one) for one in others[:OTHERS_MAX]]
            if len(others) > OTHERS_MAX:
                rows.append(self._rest(others[OTHERS_MAX:]))
            clauses = dict.fromkeys(step.clause for one in others for step in one.steps)
            yield PowerGroup("Can escalate", "; ".join(list(clauses)[:NAMED_MAX]), rows)
        for power, detail in (
            (ClusterPower.UNKNOWN, "rights may come from what was not read"),
            (ClusterPower.HARMLESS, "no secrets, no pods, no bindings"),
        ):
            quiet = self.facts.of(power)
            if quiet:
                yield PowerGroup(POWER_WORDS[power].capitalize(), detail, [self._folded(quiet, power)])

    def _chain(self, one: RbacSubject) -> ChainRow:
        step = one.steps[0] if one.steps else None
        arrow = {ClusterPower.HAS: Arrow.HAS, ClusterPower.TAKES: Arrow.TAKES}.get(one.power, Arrow.TAKES)
        verb = "" if one.power is ClusterPower.HAS or step is None else _verbs(one)
        unread = self.facts.unread_kinds
        return ChainRow(
            NodeBox(short_name(one), _subject_detail(one), self.url("rbac", q=one.name), is_strong=True,
                is_unseen=one.kind == "ServiceAccount" and "Workload" in unread),
            NodeBox(name_of(step.binding), where_of(step.binding), self._object(step.binding))
            if step and step.binding else NodeBox("built in", "whole cluster"),
            NodeBox(name_of(step.role), step.rule.partition(": ")[2], self._object(step.role))
            if step and step.role else NodeBox("system:masters", "never refused"),
            arrow,
            verb,
        )  # fmt: skip

    def _rest(self, rest: Sequence[RbacSubject]) -> ChainRow:
        """Return the rest of dangerous subjects as one row."""
        bindings = {step.binding for one in rest for step in one.steps[:1]}
        roles = {step.role for one in rest for step in one.steps[:1]}
        url = self.url("rbac", power=rest[0].power.value)
        return ChainRow(
            NodeBox(plural(len(rest), "more subject"), "", url, is_strong=True),
            NodeBox(plural(len(bindings), "binding")),
            NodeBox(plural(len(roles), "role")),
            Arrow.HAS if all(one.power is ClusterPower.HAS for one in rest) else Arrow.TAKES,
        )

    def _folded(self, quiet: Sequence[RbacSubject], power: ClusterPower) -> ChainRow:
        bindings = {binding for one in quiet for binding in one.bindings}
        roles = {role for one in quiet for role in one.roles}
        spaces = {one.namespace for one in quiet if one.namespace}
        detail = f"in {plural(len(spaces), 'namespace')}" if spaces else ""
        is_unseen = power is ClusterPower.UNKNOWN
        return ChainRow(
            NodeBox(plural(len(quiet), "subject"), detail, self.url("rbac", power=power.value), is_unseen=is_unseen),
            NodeBox(plural(len(bindings), "binding"), is_unseen=is_unseen),
            NodeBox(plural(len(roles), "role"), is_unseen=is_unseen),
            Arrow.HARMLESS,
        )

    def _object(self, object_id: str) -> str:
        resource_id = self.facts.resource_ids.get(object_id)
        return self._resource(resource_id)

    def _resource(self, resource_id: int | None) -> str:
        if resource_id is None:
            return ""
        return url_in_scope(self.request, "inventory:resource", {"resource_id": resource_id})

    def access(self) -> Panel | None:
        """Return the ways from and to IAM; None where there is none and all is known."""
        into, out = self.facts.entrances, self.facts.exits
        if not into and not out:
            return None
        title = access_title(self.facts)
        comes = [self._into(one) for one in into[:CROSSINGS_MAX]]
        goes = [self._out(one) for one in out[:CROSSINGS_MAX]]
        name = self.cluster.name
        unseen = Unseen(not self.facts.are_entrances_known, not self.facts.are_exits_known)
        return Panel(
            title,
            "Access entries",
            url_in_scope(self.request, "inventory:table", None, type="AWS::EKS::AccessEntry"),
            crossings.draw(name, comes, goes, title, unseen),
            ("Direction", "Principal or role", "Account", "Way", "In the cluster", "Power"),
            [
                *(("in", one.name, one.account, ", ".join(one.ways), POWER_WORDS[one.power], one.step) for one in into),
                *(("out", one.name, one.role_arn.split(":")[4], one.way, one.service_account, exit_words(one))
                  for one in out),
            ],
            crossings.draw_narrow(name, comes, goes, title, unseen),
        )  # fmt: skip

    def _into(self, one: Entrance) -> Crossing:
        strong = one.power in (ClusterPower.HAS, ClusterPower.TAKES, ClusterPower.OTHER)
        way = one.ways[0] if one.ways else "no policy"
        more = f" +{len(one.ways) - 1}" if len(one.ways) > 1 else ""
        kind = one.arn.split(":")[-1].split("/")[0]
        is_unseen = one.power is ClusterPower.UNKNOWN
        box = NodeBox(
            one.name, f"{kind} · {one.account}", self._resource(one.role_id), is_strong=strong, is_unseen=is_unseen
        )
        return Crossing(box, f"{way}{more}", _becomes(one), is_strong=strong)

    def _out(self, one: Exit) -> Crossing:
        strong = leads_to_administrator(one)
        box = NodeBox(
            one.name,
            exit_words(one),
            self._resource(one.role_id),
            is_strong=strong,
            is_unseen=one.is_administrator is None or one.is_trusted is None,
        )
        return Crossing(box, one.way, one.service_account, is_strong=strong)


def shown_namespaces(found: Sequence[Namespace]) -> Iterable[Namespace]:
    """Return the worst namespaces, and Kubernetes's own at the end."""
    own = [one for one in found if one.is_own]
    others = [one for one in found if not one.is_own]
    return [*others[: max(1, NAMESPACES_MAX - len(own))], *own]


def short_name(one: RbacSubject) -> str:
    """Return a subject's name as people know it."""
    if one.kind != "Principal":
        return one.name
    kind = one.name.split(":")[-1].split("/")[0]
    return f"{kind} {one.name.rsplit('/', 1)[-1]}"


def name_of(object_id: str) -> str:
    """Return the name in an object's id, or an access policy as it is."""
    return object_id.split("/", 2)[-1]


def where_of(binding_id: str) -> str:
    """Return where a binding holds."""
    if "/" not in binding_id:
        return "access policy"
    namespace = binding_id.split("/", 1)[0]
    return "whole cluster" if namespace == "-" else f"in {namespace}"


def leads_to_administrator(one: Exit) -> bool:
    """Return True for a way by which pods become an administrator."""
    return bool(one.is_administrator) and one.is_trusted is not False


def exit_words(one: Exit) -> str:
    """Return what a role that pods become may do."""
    if one.is_trusted is False:
        return "does not trust this account"
    if one.is_administrator:
        return "administrator of its account"
    if one.is_administrator is None:
        return "policies not read here"
    return "trust not read here" if one.is_trusted is None else "limited"


def levels_title(facts: ClusterFacts) -> str:
    """Return how many workloads reach neither level, and what is enforced."""
    own = facts.own_workloads
    spaces = [one for one in facts.namespaces if not one.is_own and one.workloads]
    neither = sum(one.level == "neither" for one in own)
    open_spaces = sum(one.enforced == "" for one in spaces)
    seen = AS_FAR if any(one.is_unread for one in facts.namespaces) else ""
    if not own:
        return f"No workloads but those of Kubernetes itself{seen}"
    if neither:
        first = f"{plural(neither, 'workload')} of yours {'meets' if neither == 1 else 'meet'} neither level"
    else:
        first = "Every workload of yours meets baseline or restricted"
    enforced = f"{plural(open_spaces, 'namespace')} {'enforces' if open_spaces == 1 else 'enforce'} nothing"
    return f"{first}; {enforced if open_spaces else 'each namespace enforces a level'}{seen}"


def powers_title(facts: ClusterFacts) -> str:
    """Return how many are cluster-admin in effect."""
    has, takes = len(facts.of(ClusterPower.HAS)), len(facts.of(ClusterPower.TAKES))
    seen = AS_FAR if facts.unread_kinds else ""
    if not has and not takes:
        return f"Nobody but Kubernetes itself is cluster-admin{seen}"
    parts = []
    if has:
        parts.append(f"{plural(has, 'subject')} {'is' if has == 1 else 'are'} cluster-admin")
    if takes:
        parts.append(
            f"{figure(takes)} can become it" if has else f"{plural(takes, 'subject')} can become cluster-admin"
        )
    return f"{'; '.join(parts)}{seen}"


def access_title(facts: ClusterFacts) -> str:
    """Return how many come in with power, and how many ways lead to more."""
    strong = sum(one.power in (ClusterPower.HAS, ClusterPower.TAKES, ClusterPower.OTHER) for one in facts.entrances)
    administrators = len({one.service_account for one in facts.exits if leads_to_administrator(one)})
    seen = "" if facts.are_entrances_known and facts.are_exits_known else AS_FAR
    comes = f"{plural(strong, 'IAM principal')} {'enters' if strong == 1 else 'enter'} with elevated rights"
    goes = f"pods of {plural(administrators, 'service account')} can administer an AWS account"
    if not strong:
        comes = "No IAM principal enters with elevated rights"
    if not administrators:
        goes = "no pod can administer an AWS account"
    return f"{comes}; {goes}{seen}"


def heading(cluster: EksCluster, facts: ClusterFacts) -> str:
    """Return the worst of a cluster as its title."""
    name = cluster.name
    if facts.connection is ClusterConnection.NONE:
        return f"{name} is not connected: its workloads are not read"
    if facts.connection in (ClusterConnection.UNREAD, ClusterConnection.WAITING):
        return f"Nothing in {name} {'could be' if facts.connection is ClusterConnection.UNREAD else 'has been'} read"
    neither = sum(one.level == "neither" for one in facts.own_workloads)
    quiet = f"Nobody but Kubernetes is admin of {name}{AS_FAR if facts.is_partial else ''}"
    if neither:
        quiet = (
            f"{plural(neither, 'workload')} of {name} {'meets' if neither == 1 else 'meet'} neither Pod Security level"
        )
    return _dangerous_heading(name, facts.of(ClusterPower.HAS, ClusterPower.TAKES)) or quiet


def _dangerous_heading(name: str, dangerous: Sequence[RbacSubject]) -> str:
    if any(one.is_anonymous for one in dangerous):
        return f"Anyone, without a login, can become admin of {name}"
    used = sum(one.is_used for one in dangerous)
    if used:
        return f"Pods of {plural(used, 'service account')} are admin of {name}, or can become it"
    count = len(dangerous)
    return f"{plural(count, 'subject')} {'is' if count == 1 else 'are'} admin of {name} in effect" if count else ""


def _lines(dangerous: Sequence[RbacSubject]) -> Iterator[tuple[str, bool]]:
    for power, words in ((ClusterPower.HAS, "have it"), (ClusterPower.TAKES, "can get it")):
        found = [one for one in dangerous if one.power is power]
        if found:
            count = f"1 {words.replace('have', 'has')}" if len(found) == 1 else f"{figure(len(found))} {words}"
            yield count, True
            names = ", ".join(short_name(one) for one in found[:NAMED_MAX])
            yield names if len(found) <= NAMED_MAX else f"{names} and {figure(len(found) - NAMED_MAX)} more", False


def _verbs(one: RbacSubject) -> str:
    more = len(one.steps) - 1 if one.power is ClusterPower.TAKES else 0
    last_is_admin = one.power is ClusterPower.TAKES and one.steps[-1].verb == "*"
    more -= last_is_admin
    return f"{one.steps[0].verb} + {more}" if more > 0 else one.steps[0].verb


def _subject_detail(one: RbacSubject) -> str:
    if one.is_anonymous:
        return "whoever calls, without a login"
    if one.is_everybody:
        return "everybody who has a login"
    words = KIND_WORDS[one.kind]
    return f"{words} · {plural(len(one.workloads), 'workload')}" if one.workloads else words


def _becomes(one: Entrance) -> str:
    if one.power is ClusterPower.TAKES:
        return f"cluster-admin: {one.step}"
    return one.step if one.power is ClusterPower.OTHER else POWER_WORDS[one.power]


def _cause(one: Namespace) -> str:
    if one.is_unread:
        return "its workloads could not be listed"
    if not one.workloads:
        return "empty"
    return one.cause or "nothing"


def _enforced(one: Namespace) -> str:
    return "not known" if one.enforced is None else one.enforced or "nothing"
