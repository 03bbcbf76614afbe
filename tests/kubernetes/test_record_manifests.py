"""Uploads and sweeps of one account leave each other's resources alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.utils import timezone

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.core.kubernetes import home_of
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.history.ingest import Recorded, record_account, record_manifests
from posture.history.models import AccountSweep, FindingRecord, ResourceRecord, Snapshot
from posture.kubernetes.manifests import read_manifests
from posture.kubernetes.objects import Upload, kept_types
from tests.history import world

pytestmark = pytest.mark.django_db

CLUSTER = "arn:aws:eks:eu-central-1:{account}:cluster/shop"
POD = {"containers": [{"name": "web", "image": "registry.example/web:1.4"}]}
GROUP = "AWS::EC2::SecurityGroup"
PRIVILEGED = "kubernetes_workload_not_privileged"


def deployment(name: str, **container: Any) -> dict[str, Any]:
    pod = {"containers": [{**POD["containers"][0], **container}]}
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": {"spec": pod}}}


def upload(account: AwsAccount, *objects: dict[str, Any], source: str = "gitops") -> Recorded:
    where = Upload(account.account_id, source, CLUSTER.format(account=account.account_id))
    manifests = read_manifests(yaml.safe_dump_all(objects).encode(), "all.yaml")
    return record_manifests(account, where.home, [where.resource_of(one) for one in manifests if where.keeps(one)])


def sweep(account: AwsAccount, resources: Sequence[Resource] = (), gaps: Sequence[Gap] = (), **rest: Any) -> Recorded:
    at = rest.pop("at", None) or timezone.now()
    snapshot = Snapshot.objects.create(
        organization=account.organization, as_of=at, state="complete", trigger="schedule"
    )
    part = AccountSweep.objects.create(snapshot=snapshot, account=account, state="done")
    types = [GROUP, *sorted(kept_types())]
    result = AccountResult(
        account.account_id, at, ["eu-central-1"], types, resources, gaps, (), is_judged=False, **rest
    )
    return record_account(part, result)


def live(account: AwsAccount, name: str, **container: Any) -> Resource:
    home = CLUSTER.format(account=account.account_id)
    arn, content = f"{home}/shop/Deployment/{name}", {**deployment(name, **container), "Cluster": home}
    return Resource("Kubernetes::Workload", arn, account.account_id, "eu-central-1", name, content)


def present(account: AwsAccount) -> set[tuple[str, str]]:
    found = ResourceRecord.objects.filter(account=account, valid_to=None)
    return {("upload" if "manifests/" in one.arn else "sweep", one.name) for one in found}


def failing(account: AwsAccount, check: str = PRIVILEGED) -> set[str]:
    found = FindingRecord.objects.filter(account=account, check_id=check, closed_at=None, status="fail")
    return set(found.values_list("resource_name", flat=True))


def test_an_upload_is_judged_and_a_second_one_is_compared_with_it() -> None:
    account = world.account(world.organization())
    upload(account, deployment("web"), deployment("db", securityContext={"privileged": True}))
    assert present(account) == {("upload", "web"), ("upload", "db")}
    assert failing(account) == {"db"}

    recorded = upload(account, deployment("web", securityContext={"privileged": True}), deployment("cache"))
    assert recorded.applied
    assert present(account) == {("upload", "web"), ("upload", "cache")}
    assert failing(account) == {"web"}
    [gone] = ResourceRecord.objects.filter(account=account, name="db")
    assert gone.close_reason == "deleted"


def test_sweeps_and_uploads_close_nothing_of_each_other() -> None:
    account = world.account(world.organization())
    sweep(account, [live(account, "api", securityContext={"privileged": True})])
    upload(account, deployment("web", securityContext={"privileged": True}))
    upload(account, deployment("job"), source="batch")
    for _ in range(3):
        sweep(account, [live(account, "api", securityContext={"privileged": True})])
    both = {("sweep", "api"), ("upload", "web"), ("upload", "job")}
    assert present(account) == both
    assert failing(account) == {"api", "web"}

    for _ in range(2):
        sweep(account, [])
    assert present(account) == both - {("sweep", "api")}
    upload(account, source="batch")
    assert present(account) == {("upload", "web")}
    assert failing(account) == {"web"}
    assert ResourceRecord.objects.get(account=account, name="web", valid_to=None).open_unseen_since is None


def test_a_refused_role_hides_nothing_that_was_uploaded() -> None:
    account = world.account(world.organization())
    upload(account, deployment("web"))
    sweep(
        account, (), [Gap(account.account_id, "*", "*", "sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "AccessDenied")]
    )
    [record] = ResourceRecord.objects.filter(account=account, name="web")
    assert record.valid_to is None
    assert record.open_unseen_since is None


def test_a_gap_in_one_cluster_hides_nothing_of_another() -> None:
    account = world.account(world.organization())
    home = CLUSTER.format(account=account.account_id)
    here = live(account, "api")
    there = Resource(
        here.type, f"{home}-2/shop/Deployment/web", here.account_id, here.region, "web", {**deployment("web")}
    )
    sweep(account, [here, there])
    denied = Gap(
        account.account_id, "eu-central-1", here.type, "list pods", GapReason.DENIED, "Forbidden", within=f"{home}/"
    )
    for _ in range(2):
        sweep(account, [], [denied])
    [kept] = ResourceRecord.objects.filter(account=account, valid_to=None)
    assert home_of(kept.arn) == home
    assert kept.open_unseen_since is not None


def test_an_upload_during_a_sweep_is_dated_before_it_so_that_neither_is_lost() -> None:
    account = world.account(world.organization())
    sweep(account, [live(account, "api")], at=timezone.now() - timedelta(hours=2))
    begun = timezone.now() - timedelta(minutes=5)
    snapshot = Snapshot.objects.create(organization=account.organization, as_of=begun, trigger="schedule")
    part = AccountSweep.objects.create(snapshot=snapshot, account=account, state="running")
    assert upload(account, deployment("web")).applied
    assert upload(account, deployment("web"), deployment("db")).applied
    result = AccountResult(
        account.account_id, begun, ["eu-central-1"], sorted(kept_types()), [], (), (), is_judged=False
    )
    assert record_account(part, result).applied
    assert ("upload", "db") in present(account)


def test_only_objects_of_the_source_are_recorded() -> None:
    account = world.account(world.organization())
    where = Upload(account.account_id, "gitops")
    with pytest.raises(ValueError, match="not of the upload"):
        record_manifests(account, where.home, [live(account, "api")])


def test_policies_of_one_source_say_nothing_of_another() -> None:
    account = world.account(world.organization())
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    upload(account, deployment("web"), policy)
    upload(account, deployment("job"), source="batch")
    assert failing(account, "kubernetes_workload_isolated") == {"job"}
