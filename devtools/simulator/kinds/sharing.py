"""Queues, topics, search domains, warehouses and backups."""

from __future__ import annotations

import json
from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import Name
from devtools.simulator.kinds import kind, tags_of


def _policy(builder: Builder, arn: str, actions: list[str], shared: str) -> str:
    """Return a policy that allows actions to an account, by name or id, or to all."""
    if not shared:
        return ""
    known = builder.declared.by_name.get(shared)
    principal: Any = "*" if shared == "all" else {"AWS": f"arn:aws:iam::{known.id if known else shared}:root"}
    statement = {"Sid": "Shared", "Effect": "Allow", "Principal": principal, "Action": actions, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@kind("queue", 54)
def make_queue(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an SQS queue.

    It is `encrypted` by SQS or with a `key`, and `shared` with an account or 'all'.
    """
    sqs = builder.client("sqs", name.region)
    attributes = _queue_attributes(builder, name, now)
    if not builder.recall(name):
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(now)}
        url = sqs.create_queue(QueueName=name.name, Attributes=attributes, tags=tags)["QueueUrl"]
        builder.remember(name, queue=url)
    elif attributes != _queue_attributes(builder, name, before):
        policy = {"Policy": attributes.get("Policy", "")}
        sqs.set_queue_attributes(QueueUrl=builder.recall(name)["queue"], Attributes={**attributes, **policy})


def _queue_attributes(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, str]:
    arn = f"arn:aws:sqs:{name.region}:{name.account}:{name.name}"
    own = {"KmsMasterKeyId": f"alias/{now['key']}"} if "key" in now else {}
    encrypted = str("key" not in now and now.get("encrypted", True)).lower()
    policy = _policy(builder, arn, ["sqs:SendMessage", "sqs:ReceiveMessage"], now.get("shared", ""))
    return {"SqsManagedSseEnabled": encrypted, **own, **({"Policy": policy} if policy else {})}


@kind("topic", 54)
def make_topic(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an SNS topic with `subscribers` by URL.

    It may have a `key`, and be `shared` with an account or 'all'.
    """
    sns = builder.client("sns", name.region)
    if not builder.recall(name):
        own = {"Attributes": {"KmsMasterKeyId": f"alias/{now['key']}"}} if "key" in now else {}
        arn = sns.create_topic(Name=name.name, Tags=tags_of(now), **own)["TopicArn"]
        builder.remember(name, topic=arn)
        for url in now.get("subscribers", []):
            sns.subscribe(TopicArn=arn, Protocol=url.partition(":")[0], Endpoint=url)
    if now.get("shared", "") != before.get("shared", ""):
        arn = builder.recall(name)["topic"]
        owner = json.dumps({"Version": "2012-10-17", "Statement": []})
        policy = _policy(builder, arn, ["SNS:Publish", "SNS:Subscribe"], now.get("shared", "")) or owner
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


@kind("search-domain", 56)
def make_search_domain(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an OpenSearch domain, in `vpc` if named.

    `encrypted`, `https`, `users` (with rights of their own) and `shared` (by its policy) as named.
    """
    search = builder.client("opensearch", name.region)
    arn = f"arn:aws:es:{name.region}:{name.account}:domain/{name.name}"
    policy = _policy(builder, arn, ["es:ESHttp*"], now.get("shared", name.account)).replace(arn, f"{arn}/*")
    if builder.recall(name):
        if now.get("shared") != before.get("shared"):
            search.update_domain_config(DomainName=name.name, AccessPolicies=policy)
        return
    on = {"Enabled": now.get("encrypted", True)}
    tls = {
        "EnforceHTTPS": now.get("https", True),
        "TLSSecurityPolicy": now.get("tls", "Policy-Min-TLS-1-2-PFS-2023-10"),
    }
    search.create_domain(
        DomainName=name.name,
        EngineVersion=now.get("version", "OpenSearch_2.17"),
        ClusterConfig={
            "InstanceType": "r7g.large.search",
            "InstanceCount": now.get("nodes", 3),
            "ZoneAwarenessEnabled": now.get("nodes", 3) > 1,
        },
        EncryptionAtRestOptions=on,
        NodeToNodeEncryptionOptions=on,
        DomainEndpointOptions=tls,
        AdvancedSecurityOptions={"Enabled": now.get("users", True), "InternalUserDatabaseEnabled": False},
        AccessPolicies=policy,
        TagList=tags_of(now),
        **_search_network(builder, name, now),
    )
    builder.remember(name, domain=name.name)


def _search_network(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, Any]:
    if "vpc" not in now:
        return {}
    groups = [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]
    subnets = builder.known("vpc", name, now["vpc"])["subnets"]["private"][:2]
    return {"VPCOptions": {"SubnetIds": subnets, "SecurityGroupIds": groups}}


@kind("warehouse", 56)
def make_warehouse(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a Redshift cluster in the data tier of `vpc`.

    `encrypted`, `routing`, `public` and `snapshots` (days) as named.
    """
    redshift = builder.client("redshift", name.region)
    if not builder.recall(name):
        group, vpc = f"{name.name}-data", builder.known("vpc", name, now["vpc"])
        redshift.create_cluster_subnet_group(
            ClusterSubnetGroupName=group, Description="Data tier", SubnetIds=vpc["subnets"]["data"]
        )
        redshift.create_cluster(
            ClusterIdentifier=name.name,
            NodeType=now.get("node", "ra3.xlplus"),
            ClusterType="multi-node",
            NumberOfNodes=2,
            MasterUsername=now.get("user", "warehouse"),
            MasterUserPassword="Simulated-only-1",
            Encrypted=now.get("encrypted", True),
            EnhancedVpcRouting=now.get("routing", True),
            ClusterSubnetGroupName=group,
            VpcSecurityGroupIds=[builder.known("security-group", name, one)["group"] for one in now.get("groups", [])],
            Tags=tags_of(now),
            **_movable(now),
        )
        builder.remember(name, warehouse=name.name)
    elif _movable(now) != _movable(before):
        redshift.modify_cluster(ClusterIdentifier=name.name, **_movable(now))


def _movable(now: dict[str, Any]) -> dict[str, Any]:
    return {
        "PubliclyAccessible": now.get("public", False),
        "AutomatedSnapshotRetentionPeriod": now.get("snapshots", 14),
    }


@kind("backup-vault", 58)
def make_backup_vault(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a vault; recovery points of a `locked` one stay for so many days."""
    backup = builder.client("backup", name.region)
    if not builder.recall(name):
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(now)}
        backup.create_backup_vault(BackupVaultName=name.name, BackupVaultTags=tags)
        builder.remember(name, vault=name.name)
    if now.get("locked") and not before.get("locked"):
        backup.put_backup_vault_lock_configuration(BackupVaultName=name.name, MinRetentionDays=now["locked"])


@kind("backup-plan", 59)
def make_backup_plan(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a daily plan into `vault`.

    `copies` go to `account/vault`, and `selects` names what is backed up.
    """
    if not builder.recall(name):
        tags = {tag["Key"]: tag["Value"] for tag in tags_of(now)}
        rule: dict[str, Any] = {
            "RuleName": "daily",
            "TargetBackupVaultName": now["vault"],
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "Lifecycle": {"DeleteAfterDays": now.get("days", 35)},
        }
        if copies := now.get("copies"):
            account, _, vault = copies.partition("/")
            other = builder.declared.by_name[account].id
            arn = f"arn:aws:backup:{name.region}:{other}:backup-vault:{vault}"
            rule["CopyActions"] = [{"DestinationBackupVaultArn": arn, "Lifecycle": rule["Lifecycle"]}]
        plan = {"BackupPlanName": name.name, "Rules": [rule]}
        made = builder.client("backup", name.region).create_backup_plan(BackupPlan=plan, BackupPlanTags=tags)
        builder.remember(name, plan=made["BackupPlanId"])
    selections = [
        {
            "SelectionId": made_up("", name.account, name.name, each, length=32),
            "SelectionName": each,
            "IamRoleArn": f"arn:aws:iam::{name.account}:role/service-role/AWSBackupDefaultServiceRole",
        }
        for each in now.get("selects", [])
    ]
    known = builder.on_shelf(name.account, name.region, "backup").get("selections", {})
    plan_id = builder.recall(name)["plan"]
    builder.put(name.account, name.region, "backup", selections={**known, plan_id: selections})
