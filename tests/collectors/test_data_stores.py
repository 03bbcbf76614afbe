"""What the collectors of data stores leave out, pick out and keep still."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from posture.collectors import (
    all_collectors,
    dynamodb_table,
    ec2_image,
    ec2_snapshot,
    ec2_volume,
    kms_key,
    rds_db_cluster,
    rds_db_cluster_snapshot,
    rds_db_instance,
    rds_db_snapshot,
    s3_bucket,
    secretsmanager_secret,
    tagging_resource,
)
from posture.core.arn import Arn
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.collector import Collector, ListingScope
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.population_aggregation import fold
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import ANSWERS

Change = Callable[[dict[str, Any]], None]


def gathered(
    collector: Collector, change: Change | None = None, known: frozenset[str] | None = None
) -> dict[str, Resource]:
    """Return a collector's resources by name, on its recorded answers with changes."""
    answers = json.loads((ANSWERS / f"{collector.module.rsplit('.', 1)[1]}.json").read_text())
    if change:
        change(answers)
    region = EXAMPLE_REGION if collector.scope is ListingScope.REGIONAL else "us-east-1"
    location = Location(EXAMPLE_ACCOUNT, region, "aws", EXAMPLE_NOW, b"key of tests", known)
    recorded = Recorded(answers)
    found = {item.name: item for item in collector.gather(AccountAsk(collector, location, recorded))}
    assert not recorded.faults
    return found


def test_a_bucket_is_asked_in_its_own_region() -> None:
    asked: set[tuple[str, str]] = set()
    answers = json.loads((ANSWERS / "s3_bucket.json").read_text())
    recorded = Recorded(answers)

    def perform(service: str, operation: str, region: str, params: Any) -> dict[str, Any]:
        asked.add((params.get("Bucket", ""), region))
        return recorded(service, operation, region, params)

    location = Location(EXAMPLE_ACCOUNT, "us-east-1", "aws", EXAMPLE_NOW, b"key of tests")
    buckets = list(s3_bucket.buckets.gather(AccountAsk(s3_bucket.buckets, location, perform)))

    assert asked == {
        ("", "us-east-1"),
        ("acme-audit-logs", "eu-west-1"),
        ("acme-customer-records-prod", "eu-central-1"),
        ("acme-www", "us-east-1"),
    }
    assert {bucket.name: bucket.region for bucket in buckets}["acme-customer-records-prod"] == "eu-central-1"


@pytest.mark.parametrize(("old", "region"), [("EU", "eu-west-1"), (None, "us-east-1"), ("ap-south-2", "ap-south-2")])
def test_old_names_of_bucket_locations_are_understood(old: str | None, region: str) -> None:
    def located(answers: dict[str, Any]) -> None:
        answers["s3:get_bucket_location"] = {"LocationConstraint": old}

    assert gathered(s3_bucket.buckets, located)["acme-www"].region == region


def test_a_bucket_that_refuses_the_auditor_is_kept_with_its_fields_unknown() -> None:
    bucket = gathered(s3_bucket.buckets)["acme-audit-logs"]

    unknown = {key for key, value in bucket.raw_config.items() if isinstance(value, Unknown)}
    assert {"Policy", "Acl", "PublicAccessBlockConfiguration", "Versioning"} <= unknown
    assert isinstance(bucket.raw_tags, Unknown)


def test_a_bucket_whose_location_is_refused_is_kept_as_well() -> None:
    def refused(answers: dict[str, Any]) -> None:
        answers["s3:get_bucket_location"] = [{"error": "AccessDenied"}]

    bucket = gathered(s3_bucket.buckets, refused)["acme-www"]

    assert isinstance(bucket.raw_config["BucketRegion"], Unknown)


def folded(change: Change | None = None) -> dict[str, Resource]:
    found = fold([*gathered(ec2_snapshot.snapshots, change).values()], (), [ec2_snapshot.snapshots])[0]
    return {each.name: each for each in found}


def test_snapshots_that_machines_make_are_one_entry_for_each_maker() -> None:
    found = folded()

    assert {Arn.parse(item.arn).name for item in found.values() if not item.is_population} == {
        "snap-0f1e2d3c4b5a69788",  # made by a person
        "snap-0e2d3c4b5a6978807",  # made by a person, public
        "snap-0b5a6978807162534",  # made by a person, on an Outpost
    }
    assert found["Snapshots by AWS Backup"].observed["Count"] == 1
    assert found["Snapshots by Image builds"].observed["Count"] == 1
    assert found["Snapshots by Data Lifecycle Manager"].raw_config["Encrypted"] is False
    assert found["Snapshots by AWS Backup"].arn.endswith(f":{EXAMPLE_ACCOUNT}:snapshot/aws-backup")


def test_another_backup_is_no_change() -> None:
    def backed_up(answers: dict[str, Any]) -> None:
        listed = answers["ec2:describe_snapshots"][1]["answer"]["Snapshots"]
        backup = next(item for item in listed if item["SnapshotId"] == "snap-0d3c4b5a697880716")
        listed.append({**backup, "SnapshotId": "snap-0new", "StartTime": "2026-06-01T02:00:00Z"})

    before, after = folded(), folded(backed_up)

    assert after.keys() == before.keys()
    assert after["Snapshots by AWS Backup"].hash == before["Snapshots by AWS Backup"].hash
    assert after["Snapshots by AWS Backup"].observed["Count"] == 2


def test_a_public_snapshot_that_a_machine_made_is_one_of_its_own() -> None:
    def publish(answers: dict[str, Any]) -> None:
        listed = answers["ec2:describe_snapshots"]
        all_of_them = listed[1]["answer"]["Snapshots"]
        backup = next(item for item in all_of_them if item["SnapshotId"] == "snap-0d3c4b5a697880716")
        listed[0]["answer"]["Snapshots"].append(backup)

    assert "snap-0d3c4b5a697880716" in folded(publish)


def images(known: frozenset[str] | None = None, change: Change | None = None) -> dict[str, Resource]:
    found = gathered(ec2_image.images, change, known)
    return {each.name: each for each in fold([*found.values()], (), [ec2_image.images])[0]}


def test_untagged_private_images_are_one_entry() -> None:
    found = images()

    assert set(found) == {"golden-al2023-2026-04", "demo-appliance", "packer-1712024", "Untagged images"}
    assert found["Untagged images"].observed["Count"] == 2
    assert "Configurations" not in found["Untagged images"].raw_config


def test_an_untagged_image_that_is_shared_is_one_of_its_own() -> None:
    shared = images(frozenset({"111122223333", "222233334444"}))["packer-1712024"]

    assert shared.raw_config["SharedAccounts"] == [
        {"AccountId": "222233334444", "InOrganization": True},
        {"AccountId": "444455556666", "InOrganization": False},
    ]


def test_where_the_organization_is_not_known_nobody_is_outside_or_inside() -> None:
    shared = images()["packer-1712024"]

    assert [each["InOrganization"] for each in shared.raw_config["SharedAccounts"]] == [None, None]


def test_untagged_images_whose_permissions_are_refused_are_kept_as_unknown() -> None:
    def refuse(answers: dict[str, Any]) -> None:
        answers["ec2:describe_image_attribute"] = [{"error": "UnauthorizedOperation"}]

    found = images(change=refuse)["Untagged images"]

    assert found.observed["Count"] == 3
    assert isinstance(found.raw_config["LaunchPermissions"], Unknown)


def test_another_untagged_image_is_no_change() -> None:
    def built(answers: dict[str, Any]) -> None:
        listed = answers["ec2:describe_images"]["Images"]
        newest = {"ImageId": "ami-0new", "Name": "packer-1712099", "CreationDate": "2026-06-01T02:00:00Z"}
        listed.append({**listed[2], **newest})
        answers["ec2:describe_image_attribute"].insert(
            0, {"params": {"ImageId": "ami-0new"}, "answer": {"ImageId": "ami-0new", "LaunchPermissions": []}}
        )

    before, after = images()["Untagged images"], images(change=built)["Untagged images"]

    assert after.hash == before.hash
    assert after.observed["Count"] == 3


@pytest.mark.parametrize(
    ("collector", "noun"),
    [
        (rds_db_snapshot.db_snapshots, "database snapshots"),
        (rds_db_cluster_snapshot.db_cluster_snapshots, "database cluster snapshots"),
    ],
)
def test_database_snapshots_that_machines_make_are_one_entry_for_each_maker(collector: Collector, noun: str) -> None:
    found = {each.name: each for each in fold([*gathered(collector).values()], (), [collector])[0]}

    for name in (f"Automated {noun}", f"AWS Backup {noun}"):
        assert found[name].observed["Count"] == 1
        assert not [key for key in found[name].raw_config if "Identifier" in key]
    assert not [each for each in found.values() if each.is_population and "SharedAccounts" in each.raw_config]


def test_an_unencrypted_backup_of_a_database_is_seen() -> None:
    found = fold([*gathered(rds_db_snapshot.db_snapshots).values()], (), [rds_db_snapshot.db_snapshots])[0]

    assert {each.name: each.raw_config["Encrypted"] for each in found if each.is_population} == {
        "Automated database snapshots": True,
        "AWS Backup database snapshots": False,
    }


def test_the_accounts_that_a_database_snapshot_is_shared_with_are_named() -> None:
    found = gathered(rds_db_snapshot.db_snapshots, None, frozenset({"111122223333"}))

    assert found["crm-for-partner"].raw_config["SharedAccounts"] == [
        {"AccountId": "444455556666", "InOrganization": False}
    ]
    assert "SharedAccounts" not in found["crm-before-16"].raw_config
    assert "SharedAccounts" not in found["shop-for-agency"].raw_config, "everyone is no account"


def test_a_volume_on_an_outpost_knows_its_newest_snapshot_and_others_are_not_asked() -> None:
    volumes = gathered(ec2_volume.volumes)

    assert volumes["plant-historian"].observed["LatestSnapshot"]["SnapshotId"] == "snap-02"
    assert volumes["vol-0d4e5f60718293a4b"].observed["LatestSnapshot"] is None
    assert "LatestSnapshot" not in volumes["crm-db-1"].observed


def test_storage_that_an_engine_measures_is_no_setting() -> None:
    instances, clusters = gathered(rds_db_instance.db_instances), gathered(rds_db_cluster.db_clusters)

    assert "AllocatedStorage" in instances["crm"].raw_config
    assert "AllocatedStorage" not in instances["orders-1"].raw_config
    assert "AllocatedStorage" not in clusters["orders"].raw_config


def test_capacity_that_scaling_sets_is_no_change() -> None:
    def busier(answers: dict[str, Any]) -> None:
        table = answers["dynamodb:describe_table"][1]["answer"]["Table"]
        table["ProvisionedThroughput"]["ReadCapacityUnits"] = 99
        table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] = 44
        table["ItemCount"] += 1000

    def unscaled(answers: dict[str, Any]) -> None:
        answers["dynamodb:describe_table"][1]["answer"]["Table"]["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"][
            "WriteCapacityUnits"
        ] = 44

    calm = gathered(dynamodb_table.tables)["sessions"]

    assert gathered(dynamodb_table.tables, busier)["sessions"].hash == calm.hash
    assert gathered(dynamodb_table.tables, unscaled)["sessions"].hash != calm.hash


def test_a_table_that_cannot_be_described_is_kept() -> None:
    assert isinstance(gathered(dynamodb_table.tables)["locked"].raw_config["Table"], Unknown)


def test_use_and_rotation_of_a_secret_are_no_change() -> None:
    def used(answers: dict[str, Any]) -> None:
        secret = answers["secretsmanager:list_secrets"]["SecretList"][0]
        secret |= {"LastAccessedDate": "2026-06-02T00:00:00Z", "LastRotatedDate": "2026-06-02T01:00:00Z"}
        secret["SecretVersionsToStages"] = {"new": ["AWSCURRENT"]}

    before, after = gathered(secretsmanager_secret.secrets), gathered(secretsmanager_secret.secrets, used)

    assert after["crm/db"].hash == before["crm/db"].hash
    assert after["crm/db"].observed["LastAccessedDate"] == "2026-06-02T00:00:00Z"


def test_keys_of_aws_are_left_out_and_others_are_called_by_their_alias() -> None:
    keys = gathered(kms_key.keys)

    assert "crm" in keys
    assert not [key for key in keys.values() if key.arn.endswith(("000000000001", "000000000005"))]
    assert isinstance(keys["3c4d5e6f-5a7c-4c1d-9e3f-000000000003"].raw_config["KeyMetadata"], Unknown)


def test_types_with_a_collector_of_their_own_are_not_listed_as_other() -> None:
    others = gathered(tagging_resource.tagged_resources)

    kinds = {(item.config["Service"], item.config["ResourceType"]) for item in others.values()}
    assert ("timestream", "database") in kinds
    own = {("s3", ""), ("sns", ""), ("sqs", ""), ("apigateway", "restapis"), ("rds", "db"), ("ec2", "volume")}
    assert kinds.isdisjoint(own | {("kms", "key"), ("secretsmanager", "secret"), ("states", "stateMachine")})
    assert others["warehouse"].tags["data-classification"] == "confidential"


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:lambda:eu-central-1:111122223333:function:f", "function"),
        ("arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-1", "vpc"),
        ("arn:aws:sqs:eu-central-1:111122223333:orders", ""),
        ("arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/f", "log-group"),
        ("arn:aws:apigateway:eu-central-1::/restapis/a1", "restapis"),
        ("arn:aws:codecommit:eu-central-1:111122223333:repository", ""),
    ],
)
def test_the_kind_of_a_resource_is_read_off_its_arn(arn: str, kind: str) -> None:
    assert tagging_resource.kind_of(Arn.parse(arn)) == kind


@pytest.mark.parametrize("kind", ["db_cluster", "db_instance", "db_cluster_snapshot"])
def test_databases_that_answer_through_the_api_of_rds_are_listed_once_each(kind: str) -> None:
    """One answer of RDS, read by the collectors of RDS, DocumentDB and Neptune."""
    modules = {service: f"{service}_{kind}" for service in ("rds", "docdb", "neptune")}
    collectors = {each.module.rsplit(".", 1)[1]: each for each in all_collectors().values()}
    answers: dict[str, Any] = {}
    for module in ("docdb", "neptune", "rds"):
        for operation, answer in json.loads((ANSWERS / f"{modules[module]}.json").read_text()).items():
            choices = answer if isinstance(answer, list) else [{"answer": answer}]
            answers[operation] = [*answers.get(operation, []), *choices]
    found = {
        service: {
            item.raw_config["Engine"] for item in gathered(collectors[module], lambda own: own.update(answers)).values()
        }
        for service, module in modules.items()
    }

    assert found == {"rds": {"aurora-postgresql"}, "docdb": {"docdb"}, "neptune": {"neptune"}}


@pytest.mark.parametrize(
    ("module", "listing", "key"),
    [
        ("rds_event_subscription", "rds:describe_db_clusters", "DBClusters"),
        ("rds_db_parameter_group", "rds:describe_db_instances", "DBInstances"),
        ("rds_db_cluster_parameter_group", "rds:describe_db_clusters", "DBClusters"),
        ("redshiftserverless_workgroup", "redshift-serverless:list_namespaces", "namespaces"),
        ("memorydb_user", "memorydb:describe_clusters", "Clusters"),
        ("glue_data_catalog", "glue:get_databases", "DatabaseList"),
        ("glue_ml_transform", "glue:get_databases", "DatabaseList"),
    ],
)
def test_what_belongs_to_a_store_is_not_asked_for_where_there_is_none(module: str, listing: str, key: str) -> None:
    [collector] = [each for each in all_collectors().values() if each.module.endswith(f".{module}")]
    answers = json.loads((ANSWERS / f"{module}.json").read_text())
    recorded = Recorded({**answers, listing: {key: []}})
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")

    assert not list(collector.gather(AccountAsk(collector, location, recorded)))
    assert recorded.called <= {tuple(listing.split(":")), ("rds", "describe_db_instances")}
