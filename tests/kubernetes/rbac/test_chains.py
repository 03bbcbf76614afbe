"""Who is cluster-admin, and who can become it by which steps."""

from __future__ import annotations

from typing import Any

import pytest

from posture.kubernetes.rbac import chains
from posture.kubernetes.rbac.chains import Escalation, has_all_rights, length
from posture.kubernetes.rbac.graph import RbacLogin, UnreadLists, build
from posture.kubernetes.rbac.nodes import NodeKind, RbacNode, service_account, user
from tests.kubernetes.rbac.objects import EVERYTHING, RBAC, account, binding, deployment, role, rule

BOT = service_account("ci", "bot")
ADMIN = role("cluster-admin", EVERYTHING)
TARGET = (
    ADMIN,
    account("ops", "root"),
    binding("root", "cluster-admin", "ops/root"),
)
"""A service account that is cluster-admin, to be taken over."""


def escalation(*objects: dict[str, Any], **options: Any) -> Escalation:
    return Escalation(build((account("ci", "bot"), *objects), **options))


def grant_to_bot(
    *rules: dict[str, Any], namespace: str = "", objects: tuple[dict[str, Any], ...] = TARGET
) -> Escalation:
    """Return the graph in which the bot holds rules, in a namespace or everywhere."""
    name = "bot"
    given = (role(name, *rules), binding(name, name, "ci/bot", namespace=namespace))
    return escalation(*given, *objects)


def verbs(found: Escalation, subject: RbacNode = BOT) -> list[str]:
    return [step.verb for step in found.chains.get(subject, ()) if step.verb]


def test_a_role_that_allows_everything_is_cluster_admin() -> None:
    found = grant_to_bot(EVERYTHING)
    assert has_all_rights(found.chains[BOT])
    assert found.is_administrator(BOT) is True
    assert found.chains[BOT][0].needs[0][0].rule.path == "rules[0]"


def test_everything_in_a_namespace_is_not_cluster_admin() -> None:
    assert grant_to_bot(EVERYTHING, namespace="ci").is_administrator(BOT) is False


def test_everything_in_the_namespace_of_an_administrator_is() -> None:
    found = grant_to_bot(EVERYTHING, namespace="ops")
    assert found.is_administrator(BOT) is True
    assert length(found.chains[BOT]) == 2


def test_everything_but_on_named_objects_is_not() -> None:
    assert grant_to_bot({**EVERYTHING, "resourceNames": ["one"]}).is_administrator(BOT) is False


@pytest.mark.parametrize(
    ("rules", "first"),
    [
        ((rule("clusterroles", "bind", RBAC), rule("clusterrolebindings", "create", RBAC)), "bind"),
        (
            (rule("clusterroles", "bind", RBAC, "cluster-admin"), rule("clusterrolebindings", "patch", RBAC)),
            "bind",
        ),
        ((rule("clusterroles", "escalate update", RBAC),), "escalate"),
        ((rule("clusterroles", "escalate patch", RBAC, "bot"),), "escalate"),
        ((rule("users groups", "impersonate"),), "impersonate"),
        ((rule("users", "impersonate"), rule("groups", "impersonate", names="system:masters")), "impersonate"),
        ((rule("serviceaccounts", "impersonate"),), "impersonate"),
        ((rule("serviceaccounts", "impersonate", names="root"),), "impersonate"),
        ((rule("serviceaccounts/token", "create"),), "token"),
        ((rule("serviceaccounts/token", "create", names="root"),), "token"),
        ((rule("secrets", "create get"),), "token secret"),
        ((rule("pods", "create"),), "create pods"),
        ((rule("deployments", "patch", "apps"),), "create workloads"),
        ((rule("cronjobs", "create", "batch"),), "create jobs"),
    ],
)
def test_each_way_to_take_it(rules: tuple[dict[str, Any], ...], first: str) -> None:
    found = grant_to_bot(*rules)
    assert verbs(found)[0] == first
    assert found.is_administrator(BOT) is True


@pytest.mark.parametrize(
    "rules",
    [
        (rule("clusterroles", "bind", RBAC),),
        (rule("clusterrolebindings", "create", RBAC),),
        (rule("clusterroles", "bind", RBAC, "view"), rule("clusterrolebindings", "create", RBAC)),
        (rule("clusterroles", "escalate", RBAC),),
        (rule("clusterroles", "escalate update", RBAC, "another"),),
        (rule("users", "impersonate", names="jo"),),
        (rule("groups", "impersonate"),),
        (rule("serviceaccounts", "impersonate", names="another"),),
        (rule("secrets", "create"),),
        (rule("secrets", "get list"),),
        (rule("pods", "get list delete"),),
        (rule("pods/exec", "create"),),
        (rule("pods", "create", "metrics.k8s.io"),),
        (rule("deployments", "patch", "apps", names="shop"),),
    ],
)
def test_half_of_a_way_leads_nowhere(rules: tuple[dict[str, Any], ...]) -> None:
    assert grant_to_bot(*rules).is_administrator(BOT) is False


def test_rights_of_two_bindings_count_together() -> None:
    found = escalation(
        *TARGET,
        role("a", rule("clusterroles", "bind", RBAC)),
        role("b", rule("clusterrolebindings", "create", RBAC)),
        binding("a", "a", "ci/bot"),
        binding("b", "b", "group:system:serviceaccounts:ci"),
    )
    assert verbs(found) == ["bind", "*"] or verbs(found) == ["bind"]
    assert {cut.binding for cut in found.cuts if BOT in cut.subjects} == {
        "-/ClusterRoleBinding/a",
        "-/ClusterRoleBinding/b",
    }


@pytest.mark.parametrize("resource", ["pods/exec", "*/exec", "*", "pods/ephemeralcontainers"])
def test_running_programs_takes_a_pod_that_runs(resource: str) -> None:
    running = deployment("ops", "operator", "root")
    found = grant_to_bot(rule(resource, "create update"), objects=(*TARGET, running), namespace="ops")
    assert found.is_administrator(BOT) is True
    if resource == "pods/exec":
        assert found.chains[BOT][1].through == ("ops/Deployment/operator",)


def test_the_agents_of_nodes_are_called_cluster_wide() -> None:
    proxy = rule("nodes/proxy", "get")
    objects = (*TARGET, deployment("ops", "operator", "root"))
    assert verbs(grant_to_bot(proxy, objects=objects)) == ["nodes/proxy", "*"]
    assert grant_to_bot(proxy, objects=objects, namespace="ops").is_administrator(BOT) is False


def test_opening_a_websocket_takes_create_in_newer_clusters() -> None:
    objects = (
        *TARGET,
        deployment("ops", "operator", "root"),
        role("bot", rule("pods/exec", "get")),
        binding("b", "bot", "ci/bot"),
    )
    assert escalation(*objects, minor=34).is_administrator(BOT) is True
    assert escalation(*objects, minor=35).is_administrator(BOT) is False


def test_a_named_workload_can_be_given_another_account() -> None:
    objects = (*TARGET, deployment("ops", "shop", "default"))
    found = grant_to_bot(rule("deployments", "patch", "apps", names="shop"), objects=objects)
    assert verbs(found) == ["change workload", "*"]


def test_a_binding_of_a_namespace_gives_nothing_elsewhere() -> None:
    assert grant_to_bot(rule("pods", "create"), namespace="ci").is_administrator(BOT) is False
    assert grant_to_bot(rule("pods", "create"), namespace="ops").is_administrator(BOT) is True


def test_a_chain_has_several_steps() -> None:
    """The bot starts pods as the deployer, which binds roles."""
    found = escalation(
        ADMIN,
        account("ci", "deployer"),
        role("starter", rule("pods", "create")),
        role("deployer", rule("clusterroles", "bind", RBAC), rule("clusterrolebindings", "create", RBAC)),
        binding("starter", "starter", "ci/bot", namespace="ci"),
        binding("deployer", "deployer", "ci/deployer"),
    )
    assert verbs(found) == ["create pods", "bind"]
    assert length(found.chains[BOT]) == 2
    assert found.cuts[0].binding == "-/ClusterRoleBinding/deployer"
    assert set(found.cuts[0].subjects) == {BOT, service_account("ci", "deployer")}


def test_members_of_masters_are_never_refused() -> None:
    found = escalation(binding("x", "view", "group:system:masters"))
    assert found.is_administrator(RbacNode(NodeKind.GROUP, "system:masters")) is True


def test_anonymous_users_are_not_authenticated() -> None:
    everybody = escalation(ADMIN, binding("x", "cluster-admin", "group:system:authenticated"))
    assert everybody.is_administrator(BOT) is True
    anonymous = escalation(ADMIN, binding("x", "cluster-admin", "group:system:unauthenticated"))
    assert anonymous.is_administrator(RbacNode(NodeKind.GROUP, "system:unauthenticated")) is True
    assert anonymous.is_administrator(BOT) is False


def test_a_user_may_be_a_service_account() -> None:
    assert user("system:serviceaccount:ci:bot") == BOT
    assert escalation(ADMIN, binding("x", "cluster-admin", "user:system:serviceaccount:ci:bot")).is_administrator(BOT)


@pytest.mark.parametrize(
    "selector",
    [
        {"matchLabels": {"aggregate": "yes"}},
        {"matchExpressions": [{"key": "aggregate", "operator": "In", "values": ["yes", "no"]}]},
        {"matchExpressions": [{"key": "aggregate", "operator": "Exists"}]},
    ],
)
def test_aggregated_roles_take_in_the_rules_of_others(selector: dict[str, Any]) -> None:
    whole = {**role("whole"), "aggregationRule": {"clusterRoleSelectors": [selector]}}
    part = role("part", EVERYTHING, aggregate="yes")
    found = escalation(whole, part, binding("x", "whole", "ci/bot"))
    assert found.is_administrator(BOT) is True
    assert found.chains[BOT][0].needs[0][0].rule.role == "-/ClusterRole/part"
    assert escalation(whole, role("part", EVERYTHING), binding("x", "whole", "ci/bot")).is_administrator(BOT) is False


def test_the_config_map_of_logins_is_a_way_where_the_cluster_reads_it() -> None:
    objects = (
        role("b", rule("configmaps", "patch", names="aws-auth")),
        binding("b", "b", "ci/bot", namespace="kube-system"),
    )
    assert escalation(*objects, reads_config_map=True).is_administrator(BOT) is True
    assert escalation(*objects, reads_config_map=False).is_administrator(BOT) is False
    assert escalation(*objects, reads_config_map=None).is_administrator(BOT) is None


@pytest.mark.parametrize("kind", ["ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding"])
def test_unread_lists_of_rbac_leave_everybody_unknown(kind: str) -> None:
    found = escalation(unread=UnreadLists.of([(kind, "")]))
    assert found.is_administrator(BOT) is None
    assert found.unknown_because(BOT) == (kind,)


def test_what_is_found_counts_whatever_is_unread() -> None:
    found = escalation(binding("x", "cluster-admin", "ci/bot"), unread=UnreadLists.everything())
    assert found.is_administrator(BOT) is True, "cluster-admin is known without its list"


def test_unread_pods_matter_to_who_runs_programs_in_them() -> None:
    objects = (role("bot", rule("pods/exec", "create")), binding("b", "bot", "ci/bot", namespace="ops"))
    unread = UnreadLists.of([("Deployment", "ops")])
    assert escalation(*objects, unread=unread).is_administrator(BOT) is None
    assert escalation(*objects).is_administrator(BOT) is False
    assert escalation(unread=unread).is_administrator(BOT) is False, "nothing of it leads to pods"


def test_unread_service_accounts_matter_to_who_makes_tokens() -> None:
    objects = (ADMIN, binding("root", "cluster-admin", "ops/root"))
    token = rule("serviceaccounts/token", "create")
    given = (role("bot", token), binding("bot", "bot", "ci/bot"), *objects)
    assert escalation(*given, unread=UnreadLists.of([("ServiceAccount", "")])).is_administrator(BOT) is None
    assert escalation(*given).is_administrator(BOT) is False, "no such account exists"


ARN = "arn:aws:iam::111122223333:role/deploy"


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (RbacLogin(ARN, policies=(("AmazonEKSClusterAdminPolicy", ""),)), True),
        (RbacLogin(ARN, policies=(("AmazonEKSClusterAdminPolicy", "shop"),)), False),
        (RbacLogin(ARN, policies=(("AmazonEKSClusterAdminPolicy", "ops"),)), True),
        (RbacLogin(ARN, policies=(("AmazonEKSEditPolicy", "ops"),)), True),
        (RbacLogin(ARN, policies=(("AmazonEKSEditPolicy", "o*"),)), True),
        (RbacLogin(ARN, policies=(("AmazonEKSEditPolicy", "x*"),)), False),
        (RbacLogin(ARN, policies=(("AmazonEKSViewPolicy", ""),)), False),
        (RbacLogin(ARN, policies=(("AmazonEKSSecretReaderPolicy", ""),)), False),
        (RbacLogin(ARN, groups=("admins",)), True),
        (RbacLogin(ARN, groups=("system:masters",)), True),
        (RbacLogin(ARN, username="jo"), True),
        (RbacLogin(ARN, groups=("viewers",)), False),
        (RbacLogin(ARN, is_complete=False), None),
    ],
)
def test_principals_of_iam(login: RbacLogin, *, expected: bool | None) -> None:
    objects = (*TARGET, binding("g", "cluster-admin", "group:admins", "user:jo"))
    assert escalation(*objects, logins=[login]).is_administrator(RbacNode(NodeKind.PRINCIPAL, ARN)) is expected


def test_reading_everything_runs_programs_through_the_nodes() -> None:
    view = RbacLogin(ARN, policies=(("AmazonEKSAdminViewPolicy", ""),))
    found = escalation(*TARGET, deployment("ops", "operator", "root"), logins=[view])
    assert verbs(found, RbacNode(NodeKind.PRINCIPAL, ARN)) == ["nodes/proxy", "*"]


def test_own_subjects_are_not_counted_in_cuts() -> None:
    default = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    found = escalation(
        ADMIN,
        account("kube-system", "expand-controller"),
        binding("system:controller:x", "cluster-admin", "kube-system/expand-controller", **default),
        binding("eks:x", "cluster-admin", "user:eks:addon-manager"),
        binding("mine", "cluster-admin", "kube-system/tiller", "ci/bot"),
    )
    assert found.is_own(service_account("kube-system", "expand-controller"))
    assert found.is_own(user("eks:addon-manager"))
    assert not found.is_own(service_account("kube-system", "tiller"))
    assert [cut.binding for cut in found.cuts] == ["-/ClusterRoleBinding/mine"]


ODD: tuple[Any, ...] = ("x", 7, None, [], {}, [None], [[]], {"": None}, True)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("key", ["metadata", "rules", "roleRef", "subjects", "spec", "aggregationRule"])
def test_odd_shapes_break_nothing(odd: Any, key: str) -> None:
    objects = [*TARGET, role("r", EVERYTHING, namespace="ci"), deployment("ci", "d", "bot")]
    Escalation(build([{**each, key: odd} for each in objects])).cuts  # noqa: B018 - it must not raise


def test_a_cluster_too_large_to_follow_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bindings to the group of all service accounts multiply with these."""
    objects = [binding(f"b{n}", "cluster-admin", "group:system:serviceaccounts") for n in range(4)]
    accounts = [account("ci", f"a{n}") for n in range(5)]
    assert escalation(ADMIN, *objects, *accounts).is_administrator(BOT) is True
    monkeypatch.setattr(chains, "HELD_MAX", 20)
    found = escalation(ADMIN, *objects, *accounts)
    assert found.is_administrator(BOT) is None
    assert found.cuts == ()
