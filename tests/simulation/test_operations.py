"""Every operation that collectors use answers, and says what is declared."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from posture.permissions import VERSION_TAG, member_actions, policy_version
from tests.simulation.conftest import Clients

pytestmark = pytest.mark.simulator


@pytest.fixture
def client(simulated_organization: Simulator, declared_organization: Declared) -> Clients:
    """Return a client that acts as root in an account.

    What the role may not ask is simulated as well.
    """

    def make(service: str, account: str, region: str = "eu-central-1") -> Any:
        return simulated_organization.client(service, declared_organization.by_name[account].id, region)

    return make


PLAIN = {
    "account": "ListRegions GetContactInformation",
    "iam": "GetAccountSummary GetAccountPasswordPolicy ListUsers ListAccountAliases ListVirtualMFADevices",
    "ec2": """DescribeRegions DescribeVpcs DescribeSubnets DescribeRouteTables DescribeInternetGateways
        DescribeEgressOnlyInternetGateways DescribeNatGateways DescribeVpcEndpoints DescribeVpcPeeringConnections
        DescribeTransitGateways DescribeTransitGatewayAttachments DescribeTransitGatewayVpcAttachments
        DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkAcls DescribeFlowLogs
        DescribeNetworkInterfaces DescribeAddresses DescribeInstances DescribeVolumes
        DescribeVpcBlockPublicAccessOptions DescribeVpcBlockPublicAccessExclusions
        GetEbsEncryptionByDefault GetEbsDefaultKmsKeyId
        GetSnapshotBlockPublicAccessState GetImageBlockPublicAccessState GetInstanceMetadataDefaults
        DescribeLocalGateways DescribeLocalGatewayRouteTables DescribeLocalGatewayRouteTableVpcAssociations
        DescribeLocalGatewayVirtualInterfaceGroups DescribeLocalGatewayVirtualInterfaces DescribeVpnGateways""",
    "s3": "ListBuckets",
    "rds": """DescribeDBInstances DescribeDBClusters DescribeDBSnapshots DescribeDBClusterSnapshots
        DescribeDBSubnetGroups""",
    "dynamodb": "ListTables",
    "efs": "DescribeFileSystems",
    "secretsmanager": "ListSecrets",
    "kms": "ListKeys ListAliases",
    "resourcegroupstaggingapi": "GetResources",
    "guardduty": "ListDetectors",
    "securityhub": "DescribeHub GetEnabledStandards GetFindings GetAdministratorAccount",
    "cloudtrail": "DescribeTrails ListTrails",
    "config": """DescribeConfigurationRecorders DescribeConfigurationRecorderStatus DescribeDeliveryChannels
        DescribeDeliveryChannelStatus DescribeConfigurationAggregators""",
    "inspector2": "BatchGetAccountStatus GetDelegatedAdminAccount ListDelegatedAdminAccounts",
    "accessanalyzer": "ListAnalyzers",
    "detective": "ListGraphs ListInvitations",
    "outposts": "ListOutposts ListSites",
    "lambda": "ListFunctions",
    "ecs": "ListClusters",
    "cloudformation": "DescribeStacks",
}
"""Operations that need no parameters."""


def ask(client: Any, operation: str, **parameters: Any) -> dict[str, Any]:
    method = next(m for m, name in client.meta.method_to_api_mapping.items() if name == operation)
    answer: dict[str, Any] = getattr(client, method)(**parameters)
    return answer


@pytest.mark.parametrize("service", PLAIN)
def test_operations_without_parameters_answer(client: Clients, service: str) -> None:
    caller = client(service, "webshop-prod")
    for operation in PLAIN[service].split():
        answer = ask(caller, operation)
        shape = caller.meta.service_model.operation_model(operation).output_shape
        assert shape is not None
        assert set(answer) - {"ResponseMetadata"} <= set(shape.members), operation
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_organizations_answer_the_management_account(client: Clients, declared_organization: Declared) -> None:
    org = client("organizations", "alder-finch-management")
    root = org.list_roots()["Roots"][0]["Id"]
    units = {u["Name"]: u["Id"] for u in org.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]}
    assert set(units) == {"Security", "Infrastructure", "Workloads", "Sandbox", "Suspended"}
    accounts = {a["Id"]: a for p in org.get_paginator("list_accounts").paginate() for a in p["Accounts"]}
    assert set(accounts) == {a.id for a in declared_organization.accounts if a.joins == 0}
    assert accounts["204815160101"]["Name"] == "alder-finch-management"
    closed = accounts["204815164022"]
    assert (closed["State"], closed["Status"]) == ("SUSPENDED", "SUSPENDED")
    in_security = org.list_accounts_for_parent(ParentId=units["Security"])["Accounts"]
    assert {a["Name"] for a in in_security} == {"security-tooling", "log-archive"}
    assert org.list_parents(ChildId="204815160202")["Parents"][0]["Id"] == units["Security"]
    assert org.describe_organization()["Organization"]["MasterAccountEmail"] == "aws@alderfinch.example"
    policies = {p["Name"]: p["Id"] for p in org.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]}
    policy = policies["only-our-regions"]
    assert "RequestedRegion" in org.describe_policy(PolicyId=policy)["Policy"]["Content"]
    targets = {t["Name"] for t in org.list_targets_for_policy(PolicyId=policy)["Targets"]}
    assert targets == {"Workloads", "Sandbox"}
    attached = org.list_policies_for_target(TargetId=units["Sandbox"], Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert "only-our-regions" in {p["Name"] for p in attached}
    delegated = org.list_delegated_administrators()["DelegatedAdministrators"]
    assert {d["Name"] for d in delegated} == {"security-tooling"}
    services = org.list_delegated_services_for_account(AccountId=delegated[0]["Id"])["DelegatedServices"]
    assert "guardduty.amazonaws.com" in {s["ServicePrincipal"] for s in services}
    trusted = org.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert "cloudtrail.amazonaws.com" in {s["ServicePrincipal"] for s in trusted}
    tags = org.list_tags_for_resource(ResourceId="204815161011")["Tags"]
    assert {"Key": "owner", "Value": "Owen Okafor"} in tags


def test_organizations_answer_a_delegated_administrator_and_refuse_members(client: Clients) -> None:
    assert client("organizations", "security-tooling").list_accounts()["Accounts"]
    member = client("organizations", "webshop-prod")
    assert member.describe_organization()["Organization"]["MasterAccountId"] == "204815160101"
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.list_accounts()


def test_s3_describes_a_bucket_in_full(client: Clients) -> None:
    s3 = client("s3", "clinic-records-prod")
    buckets = s3.list_buckets(MaxBuckets=2)
    assert len(buckets["Buckets"]) == 2
    assert {b["BucketRegion"] for b in buckets["Buckets"]} == {"eu-central-1"}
    assert s3.list_buckets(ContinuationToken=buckets["ContinuationToken"])["Buckets"]
    bucket = {"Bucket": "af-clinic-records-prod-documents"}
    assert s3.get_bucket_location(**bucket)["LocationConstraint"] == "eu-central-1"
    assert "SecureTransport" in s3.get_bucket_policy(**bucket)["Policy"]
    assert s3.get_bucket_policy_status(**bucket)["PolicyStatus"]["IsPublic"] is False
    assert s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert s3.get_bucket_acl(**bucket)["Grants"]
    rules = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    assert s3.get_bucket_logging(**bucket)["LoggingEnabled"]["TargetBucket"] == "af-clinic-records-prod-access-logs"
    assert {"Key": "data-classification", "Value": "restricted"} in s3.get_bucket_tagging(**bucket)["TagSet"]
    ownership = s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    logs = s3.get_bucket_lifecycle_configuration(Bucket="af-clinic-records-prod-access-logs")
    assert logs["Rules"][0]["Expiration"]["Days"] == 400
    for absent, code in (
        (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
        (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"),
        (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"),
    ):
        with pytest.raises(ClientError) as refused:
            absent(**bucket)
        assert refused.value.response["Error"]["Code"] == code
    control = client("s3control", "security-tooling")
    block = control.get_public_access_block(AccountId="204815160202")["PublicAccessBlockConfiguration"]
    assert all(block.values())


def test_iam_reports_root_and_users(client: Clients) -> None:
    iam = client("iam", "loyalty-legacy")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["AccountMFAEnabled"], summary["AccountAccessKeysPresent"]) == (0, 1)
    states = {iam.generate_credential_report()["State"] for _ in range(2)}
    assert "COMPLETE" in states
    lines = iam.get_credential_report()["Content"].decode().splitlines()
    assert lines[0].startswith("user,arn,user_creation_time,password_enabled")
    assert [line.split(",")[0] for line in lines[1:]] == ["<root_account>", "points-import"]
    assert len({line.count(",") for line in lines}) == 1
    role = iam.get_role(RoleName="PlumblineReadOnly")["Role"]
    assert "sts:ExternalId" in str(role["AssumeRolePolicyDocument"])
    version = {"Key": VERSION_TAG, "Value": policy_version(member_actions())}
    assert version in iam.list_role_tags(RoleName="PlumblineReadOnly")["Tags"]
    assert client("iam", "alder-finch-management").list_organizations_features()["EnabledFeatures"] == []


def test_data_stores_have_their_details(client: Clients) -> None:
    rds = client("rds", "clinic-records-prod")
    snapshot = rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"][0]
    attributes = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"])
    assert attributes["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    database = rds.describe_db_instances(DBInstanceIdentifier="patients")["DBInstances"][0]
    assert (database["StorageEncrypted"], database["PubliclyAccessible"], database["MultiAZ"]) == (True, False, True)
    tags = rds.list_tags_for_resource(ResourceName=database["DBInstanceArn"])["TagList"]
    assert {"Key": "data-classification", "Value": "restricted"} in tags
    dynamodb = client("dynamodb", "clinic-records-prod")
    table = dynamodb.describe_table(TableName="consents")["Table"]
    assert table["SSEDescription"]["SSEType"] == "KMS"
    backups = dynamodb.describe_continuous_backups(TableName="consents")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    efs = client("efs", "clinic-records-prod")
    system = efs.describe_file_systems()["FileSystems"][0]
    assert system["Encrypted"] is True
    assert "SecureTransport" in efs.describe_file_system_policy(FileSystemId=system["FileSystemId"])["Policy"]
    assert efs.describe_backup_policy(FileSystemId=system["FileSystemId"])["BackupPolicy"]["Status"] == "ENABLED"
    assert len(efs.describe_mount_targets(FileSystemId=system["FileSystemId"])["MountTargets"]) == 2
    assert efs.describe_access_points(FileSystemId=system["FileSystemId"])["AccessPoints"] == []
    secrets = client("secretsmanager", "clinic-records-prod")
    listed = {s["Name"]: s for s in secrets.list_secrets()["SecretList"]}
    assert listed["records/patients-db"]["RotationEnabled"] is True
    assert not listed["records/hl7-partner"].get("RotationEnabled")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="records/hl7-partner")
    kms = client("kms", "clinic-records-prod")
    key = kms.list_aliases()["Aliases"][0]["TargetKeyId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


def test_ec2_accepts_what_a_careful_reader_sends(client: Clients) -> None:
    ec2 = client("ec2", "webshop-prod")
    instances = ec2.describe_instances(IncludeManagedResources=True, MaxResults=100)["Reservations"]
    assert len(instances) == 11
    assert {r["Instances"][0]["MetadataOptions"]["HttpTokens"] for r in instances} == {"optional", "required"}
    volumes = ec2.describe_volumes(IncludeManagedResources=True, MaxResults=100)["Volumes"]
    assert {v["Encrypted"] for v in volumes} == {True}
    snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    attribute = ec2.describe_snapshot_attribute(
        SnapshotId=snapshots[0]["SnapshotId"], Attribute="createVolumePermission"
    )
    assert attribute["CreateVolumePermissions"] == []
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert {r["RegionName"] for r in ec2.describe_regions()["Regions"]} == {"eu-central-1", "eu-west-1", "us-east-1"}
    everything = ec2.describe_regions(AllRegions=True)["Regions"]
    assert "not-opted-in" in {r["OptInStatus"] for r in everything}
    vpc = ec2.describe_vpcs()["Vpcs"][0]
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1, "the default VPC is gone"
    assert ec2.describe_flow_logs()["FlowLogs"][0]["ResourceId"] == vpc["VpcId"]


def test_security_tools_answer_their_administrator(client: Clients, simulated_organization: Simulator) -> None:
    guardduty = client("guardduty", "security-tooling")
    detector = guardduty.list_detectors()["DetectorIds"][0]
    features = {f["Name"]: f["Status"] for f in guardduty.get_detector(DetectorId=detector)["Features"]}
    assert features["S3_DATA_EVENTS"] == "ENABLED"
    assert guardduty.describe_organization_configuration(DetectorId=detector)["AutoEnableOrganizationMembers"] == "ALL"
    members = guardduty.list_members(DetectorId=detector)["Members"]
    assert {m["RelationshipStatus"] for m in members} == {"Enabled"}
    found = guardduty.list_findings(
        DetectorId=detector, FindingCriteria={"Criterion": {"service.archived": {"Equals": ["false"]}}}
    )["FindingIds"]
    findings = guardduty.get_findings(DetectorId=detector, FindingIds=found)["Findings"]
    assert {f["Type"] for f in findings} == {"Policy:IAMUser/RootCredentialUsage"}
    member = client("guardduty", "webshop-prod")
    theirs = member.list_detectors()["DetectorIds"][0]
    assert member.get_administrator_account(DetectorId=theirs)["Administrator"]["AccountId"] == "204815160202"
    management = client("guardduty", "alder-finch-management")
    assert management.list_organization_admin_accounts()["AdminAccounts"][0]["AdminAccountId"] == "204815160202"

    hub = client("securityhub", "alder-finch-management")
    assert hub.list_organization_admin_accounts()["AdminAccounts"][0]["AccountId"] == "204815160202"
    open_ones = {
        "RecordState": [{"Value": "ACTIVE", "Comparison": "EQUALS"}],
        "WorkflowStatus": [{"Value": "NEW", "Comparison": "EQUALS"}],
    }
    pages = client("securityhub", "security-tooling").get_paginator("get_findings").paginate(Filters=open_ones)
    failed = [f for page in pages for f in page["Findings"]]
    assert len({f["AwsAccountId"] for f in failed}) > 5
    assert {f["Workflow"]["Status"] for f in failed} == {"NEW"}
    assert client("macie2", "security-tooling").get_macie_session()["status"] == "ENABLED"
    assert client("macie2", "clinic-records-prod").get_administrator_account()["administrator"]
    discovery = client("macie2", "security-tooling").get_automated_discovery_configuration()
    assert discovery["status"] == "ENABLED"
    inspector = client("inspector2", "security-tooling")
    status = inspector.batch_get_account_status(accountIds=["204815160404"])["accounts"][0]
    assert status["resourceState"]["ec2"]["status"] == "ENABLED"
    analyzer = client("accessanalyzer", "security-tooling").list_analyzers()["analyzers"][0]
    assert analyzer["type"] == "ORGANIZATION"
    assert client("accessanalyzer", "security-tooling").list_findings_v2(analyzerArn=analyzer["arn"])["findings"] == []
    assert client("detective", "security-tooling").list_graphs()["GraphList"]
    shares = client("ram", "network-hub").get_resource_shares(resourceOwner="SELF")
    assert shares["resourceShares"] == []


def test_what_is_off_says_so_as_aws_does(client: Clients) -> None:
    macie = client("macie2", "webshop-prod")
    with pytest.raises(macie.exceptions.AccessDeniedException, match="Macie is not enabled"):
        macie.get_macie_session()
    support = client("support", "webshop-dev", "us-east-1")
    with pytest.raises(ClientError, match="SubscriptionRequiredException"):
        support.describe_trusted_advisor_checks(language="en")


def test_trusted_advisor_answers_with_a_plan(client: Clients) -> None:
    support = client("support", "webshop-prod", "us-east-1")
    checks = {c["name"]: c["id"] for c in support.describe_trusted_advisor_checks(language="en")["checks"]}
    rotation = support.describe_trusted_advisor_check_result(checkId=checks["IAM Access Key Rotation"])["result"]
    assert rotation["status"] == "warning"
    assert rotation["resourcesSummary"]["resourcesFlagged"] == len(rotation["flaggedResources"]) == 1
    summaries = support.describe_trusted_advisor_check_summaries(checkIds=list(checks.values()))["summaries"]
    assert {s["checkId"] for s in summaries} == set(checks.values())


def test_members_see_the_organization_trail_as_a_shadow(client: Clients) -> None:
    member = client("cloudtrail", "webshop-prod", "eu-west-1")
    trail = member.describe_trails()["trailList"][0]
    assert (trail["IsOrganizationTrail"], trail["HomeRegion"]) == (True, "eu-central-1")
    assert member.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert member.get_trail(Name=trail["TrailARN"])["Trail"]["LogFileValidationEnabled"] is True
    assert member.get_trail_status(Name=trail["TrailARN"])["IsLogging"] is True
    with pytest.raises(member.exceptions.TrailNotFoundException):
        member.get_event_selectors(TrailName=trail["TrailARN"])
    owner = client("cloudtrail", "alder-finch-management")
    assert owner.get_event_selectors(TrailName=trail["TrailARN"])["EventSelectors"]
    with pytest.raises(owner.exceptions.InsightNotEnabledException):
        owner.get_insight_selectors(TrailName=trail["TrailARN"])


def test_contacts_are_returned(client: Clients) -> None:
    account = client("account", "webshop-prod")
    contact = account.get_alternate_contact(AlternateContactType="SECURITY")["AlternateContact"]
    assert contact["EmailAddress"] == "security@alderfinch.example"
    with pytest.raises(account.exceptions.ResourceNotFoundException):
        account.get_alternate_contact(AlternateContactType="OPERATIONS")
    assert account.get_contact_information()["ContactInformation"]["FullName"] == "Owen Okafor"


def test_functions_show_who_may_call_them_and_where_they_run(client: Clients) -> None:
    functions = client("lambda", "webshop-prod")
    listed = {one["FunctionName"]: one for one in functions.list_functions()["Functions"]}
    assert set(listed) == {"shop-labels", "shop-thumbnails", "shop-voucher-import"}
    (repository,) = client("ecr", "webshop-prod").describe_images(repositoryName="shop-labels")["imageDetails"]
    assert f"sha256:{listed['shop-labels']['CodeSha256']}" == repository["imageDigest"]
    vpcs = {one["VpcId"] for one in client("ec2", "webshop-prod").describe_vpcs()["Vpcs"]}
    assert listed["shop-voucher-import"]["VpcConfig"]["VpcId"] in vpcs
    assert "SourceAccount" in functions.get_policy(FunctionName="shop-thumbnails")["Policy"]
    assert functions.list_aliases(FunctionName="shop-thumbnails")["Aliases"] == []
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName="shop-voucher-import")
    assert functions.list_function_url_configs(FunctionName="shop-thumbnails")["FunctionUrlConfigs"] == []
    clinic = client("lambda", "clinic-records-prod")
    urls = clinic.list_function_url_configs(FunctionName="records-letters")["FunctionUrlConfigs"]
    assert [url["AuthType"] for url in urls] == ["AWS_IAM"]
    tagging = client("resourcegroupstaggingapi", "webshop-prod")
    tagged = tagging.get_resources(ResourceTypeFilters=["lambda:function"])["ResourceTagMappingList"]
    assert {one["ResourceARN"] for one in tagged} == {one["FunctionArn"] for one in listed.values()}


def test_each_page_of_tagged_resources_has_a_token_of_its_own(client: Clients) -> None:
    tagging = client("resourcegroupstaggingapi", "webshop-prod")
    pages = list(tagging.get_paginator("get_resources").paginate(ResourcesPerPage=10))
    tokens = [page["PaginationToken"] for page in pages if page.get("PaginationToken")]
    assert len(tokens) == len(set(tokens)) > 2
    arns = [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
    assert len(arns) == len(set(arns))


def test_containers_and_stacks_show_what_is_declared(client: Clients) -> None:
    ecs = client("ecs", "shared-services")
    cluster = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"], include=["SETTINGS"])["clusters"][0]
    assert cluster["configuration"]["executeCommandConfiguration"]["logging"] == "NONE"
    assert (cluster["activeServicesCount"], cluster["runningTasksCount"]) == (1, 2)
    arns = ecs.list_services(cluster="build")["serviceArns"]
    service = ecs.describe_services(cluster="build", services=arns, include=["TAGS"])["services"][0]
    assert (service["launchType"], service["enableExecuteCommand"]) == ("EC2", True)
    assert service["tags"] == [{"key": "owner", "value": "Nils Brandt"}]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert (task["networkMode"], task["containerDefinitions"][0]["privileged"]) == ("host", True)
    assert ecs.list_tasks(cluster="build", desiredStatus="RUNNING")["taskArns"] == []
    stack = client("cloudformation", "shared-services").describe_stacks()["Stacks"][0]
    assert stack["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    assert {one["ParameterKey"] for one in stack["Parameters"]} == {"RepositoryToken", "Branch"}
