"""Planted cases in the simulated clusters, read over TLS by the real engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from posture.collectors import all_collectors
from posture.core.outcome import Status
from posture.core.sweep import AccountResult
from posture.kubernetes.objects import kept_types
from posture.sweep import Engine, SweepRole, Target, sweep_account
from tests.simulation.conftest import base_credentials, role_arn

pytestmark = pytest.mark.simulator

PAYMENTS, SEARCH = ("payments-prod", "eu-west-1", "payments"), ("webshop-prod", "eu-central-1", "search")
OF_EKS = {"AWS::EKS::Addon", "AWS::EKS::Cluster", "AWS::EKS::Nodegroup"}
CHOSEN = {kind: each for kind, each in all_collectors().items() if each.kubernetes or kind in OF_EKS}


@pytest.fixture
def engine(simulated_organization: Simulator, declared_organization: Declared) -> Iterator[Engine]:
    keys = base_credentials(declared_organization)
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name="eu-central-1")
    engine = Engine(session, simulated_organization.url, threads=4, fingerprint_key=b"k" * 32)
    yield engine
    engine.pool.close()


def sweep(
    engine: Engine, declared: Declared, where: tuple[str, str, str], *, is_connected: bool = True
) -> AccountResult:
    account, region, cluster = where
    number = declared.by_name[account].id
    arns = {f"arn:aws:eks:{region}:{number}:cluster/{cluster}"} if is_connected else set()
    role = SweepRole(role_arn(declared, account), declared.organization["external_id"])
    return sweep_account(engine, Target(number, role, [region], clusters=frozenset(arns)), collectors=CHOSEN)


def failing(result: AccountResult, check: str) -> set[str]:
    return {
        one.resource.name for one in result.judgements if (one.check_id, one.outcome.status) == (check, Status.FAIL)
    }


def passing(result: AccountResult, check: str) -> set[str]:
    return {
        one.resource.name for one in result.judgements if (one.check_id, one.outcome.status) == (check, Status.PASS)
    }


def workload(result: AccountResult, name: str) -> Any:
    [found] = [one for one in result.resources if (one.type, one.name) == ("Kubernetes::Workload", name)]
    return found


def test_planted_cases_are_found_and_what_is_right_passes(engine: Engine, declared_organization: Declared) -> None:
    result = sweep(engine, declared_organization, PAYMENTS)
    assert not result.gaps
    assert failing(result, "kubernetes_workload_no_host_path") == {"log-agent"}
    assert "payments-api" in passing(result, "kubernetes_workload_no_host_path")
    assert failing(result, "kubernetes_workload_no_secret_in_environment") == {"log-agent"}
    assert "payments-api" in passing(result, "kubernetes_workload_no_secret_in_environment")
    assert "payments-api" in passing(result, "kubernetes_workload_isolated")
    assert "log-agent" in failing(result, "kubernetes_workload_isolated")
    assert "payments" in passing(result, "kubernetes_namespace_enforces_standard")
    assert "monitoring" in failing(result, "kubernetes_namespace_enforces_standard")


def test_add_ons_and_node_groups_are_judged(engine: Engine, declared_organization: Declared) -> None:
    payments, search = (sweep(engine, declared_organization, where) for where in (PAYMENTS, SEARCH))
    for check, right, wrong in (
        ("eks_addon_supported_version", {"payments: coredns", "payments: vpc-cni"}, {"search: vpc-cni"}),
        (
            "eks_addon_default_version",
            {"payments: coredns", "payments: vpc-cni"},
            {"search: coredns", "search: vpc-cni"},
        ),
        ("eks_addon_own_role", {"payments: vpc-cni"}, {"search: vpc-cni"}),
        ("eks_nodegroup_maintained_image", {"workers"}, {"general"}),
        ("eks_nodegroup_ssh_restricted", {"workers"}, {"general"}),
    ):
        assert (passing(payments, check), failing(payments, check)) == (right, set()), check
        assert failing(search, check) == wrong, check
    assert payments.calls["eks:describe_addon_versions"] == 2, "once for each add-on"


def test_pods_fold_into_their_workload_with_the_images_that_run(
    engine: Engine, declared_organization: Declared
) -> None:
    result = sweep(engine, declared_organization, PAYMENTS)
    running = workload(result, "payments-api").raw_observed["Running"]
    assert running["Pods"] == {"Running": 3}
    [image] = running["Images"]
    assert image["Digest"].startswith("sha256:6f1c9d1f")
    assert workload(result, "settlement").raw_observed["Running"]["Pods"] == {"Succeeded": 1}
    kinds = {one.raw_config["kind"] for one in result.resources if one.type == "Kubernetes::Workload"}
    assert kinds == {"Deployment", "DaemonSet", "CronJob"}
    [nodes] = [one for one in result.resources if one.type == "Kubernetes::Node"]
    assert nodes.is_population


def test_nothing_secret_is_kept(engine: Engine, declared_organization: Declared) -> None:
    for where in (PAYMENTS, SEARCH):
        result = sweep(engine, declared_organization, where)
        kept = json.dumps([one.raw_config for one in result.resources if one.type in kept_types()])
        assert "not-a-real" not in kept
        assert "last-applied" not in kept
        assert "managedFields" not in kept
        assert "Kubernetes::Secret" not in {one.type for one in result.resources}


def test_what_the_clusters_role_leaves_out_is_a_gap(engine: Engine, declared_organization: Declared) -> None:
    result = sweep(engine, declared_organization, SEARCH)
    assert {gap.resource_type for gap in result.gaps} == {"Kubernetes::Role", "Kubernetes::RoleBinding"}
    assert {gap.error for gap in result.gaps} == {"Forbidden"}
    assert all(gap.within.endswith(":cluster/search/") for gap in result.gaps)
    assert "search" in failing(result, "kubernetes_workload_no_secret_in_environment")
    assert "index" in failing(result, "kubernetes_workload_not_privileged")


def test_a_cluster_that_is_not_connected_costs_no_call(engine: Engine, declared_organization: Declared) -> None:
    result = sweep(engine, declared_organization, PAYMENTS, is_connected=False)
    assert not [one for one in result.resources if one.type in kept_types()]
    assert not [name for name in result.calls if name.startswith("kubernetes")]
    connected = sweep(engine, declared_organization, PAYMENTS)
    described = {name: count for name, count in connected.calls.items() if not name.startswith("kubernetes")}
    assert described == result.calls, "DescribeCluster is asked once for all"


@pytest.mark.parametrize("fault", ["forbidden", "html", "garbage"])
def test_faults_of_one_list_are_a_gap_of_its_type(
    simulated_organization: Simulator, engine: Engine, declared_organization: Declared, fault: str
) -> None:
    account, region, _ = PAYMENTS
    number = declared_organization.by_name[account].id
    simulated_organization.control.put(number, region, "kubernetes", faults={"networkpolicies": fault})
    try:
        result = sweep(engine, declared_organization, PAYMENTS)
    finally:
        simulated_organization.control.put(number, region, "kubernetes", faults={})
    assert {gap.resource_type for gap in result.gaps} == {"Kubernetes::NetworkPolicy"}
    unknown = [one.outcome.status for one in result.judgements if one.check_id == "kubernetes_workload_isolated"]
    assert set(unknown) == {Status.UNKNOWN}
