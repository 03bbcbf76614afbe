"""Judges what security groups let in from the internet, port by port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from posture.checks.ports import ADMINISTRATION, DATABASES, PORT_NAMES, PUBLIC
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.network import (
    PREFIX_LIST,
    Opening,
    PortRange,
    SecurityGroupRules,
    exposed,
    from_internet,
    prefix_list_entries,
    read_rules,
)
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.ownership import owned_elsewhere
from posture.core.related import Related
from posture.core.resource import Resource
from posture.core.well_known_ports import FILE_SHARING_PORTS, HIGH_RISK_PORTS, named_ports, protocols_of

GROUP = "AWS::EC2::SecurityGroup"


def _group(*permissions: Mapping[str, Any]) -> dict[str, Any]:
    return {"GroupId": "sg-1", "OwnerId": "111122223333", "IpPermissions": list(permissions)}


def _rule(source: str, first: int | None = None, last: int | None = None, protocol: str = "tcp") -> dict[str, Any]:
    """Return one rule for one range; without ports it is for every protocol."""
    span = (
        {"IpProtocol": "-1"} if first is None else {"IpProtocol": protocol, "FromPort": first, "ToPort": last or first}
    )
    if ":" in source:
        return {**span, "IpRanges": [], "Ipv6Ranges": [{"CidrIpv6": source}]}
    return {**span, "IpRanges": [{"CidrIp": source}], "Ipv6Ranges": []}


UNSEEN = {**_group(), "IpPermissions": denied("ec2:DescribeSecurityGroups")}
WEB = _rule("0.0.0.0/0", 443)
CLOSING = "EC2 → Security groups → the group → Edit inbound rules: replace the internet by the ranges, prefix lists or "


def _revoke(port: str, source: str = "--cidr 0.0.0.0/0") -> str:
    return (
        "aws ec2 revoke-security-group-ingress --region {region} --group-id {id} --protocol tcp "
        f"--port {port} {source}"
    )


def _shared_with_us() -> dict[str, Any]:
    return {**_group(_rule("0.0.0.0/0")), "OwnerId": "444455556666"}


def _listed(first: int | None = None, protocol: str = "tcp") -> dict[str, Any]:
    """Return one rule for a prefix list; without a port it is for every protocol."""
    span = {"IpProtocol": "-1"} if first is None else {"IpProtocol": protocol, "FromPort": first, "ToPort": first}
    return {**span, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [{"PrefixListId": "pl-1"}]}


def _prefix_list(*ranges: str) -> Resource:
    config = {"PrefixListId": "pl-1", "Entries": [{"Cidr": cidr} for cidr in ranges]}
    return neighbour(PREFIX_LIST, config, name="pl-1")


OFFICES = _prefix_list("198.51.100.0/24", "203.0.113.0/24")
EVERYONE = _prefix_list("0.0.0.0/1", "128.0.0.0/1", "::/0")
UNREAD = neighbour(
    PREFIX_LIST, {"PrefixListId": "pl-1", "Entries": denied("ec2:GetManagedPrefixListEntries")}, name="pl-1"
)


def _judge(
    group: Resource, related: Related, ports: Collection[int], names: Mapping[int, str], version: int | None = None
) -> Outcome:
    """Judge whether the internet reaches any of the ports."""
    shared = owned_elsewhere(group)
    if shared:
        return shared
    rules = _inbound(group, related)
    found = exposed(rules.openings, ports, version=version)
    if not found:
        _refuse_unread(rules, lambda rule: any(rule.admits(port, protocols_of(port)) for port in ports))
        return passed("The internet reaches none of these ports.", "IpPermissions")
    noun = "Port" if len(found) == 1 else "Ports"
    verb = "is" if len(found) == 1 else "are"
    listed = named_ports((exposure.port for exposure in found), names)
    paths = dict.fromkeys(path for exposure in found for path in exposure.paths)
    return failed(f"{noun} {listed} {verb} open to {found[0].sources}.", *paths)


def _inbound(group: Resource, related: Related) -> SecurityGroupRules:
    return read_rules(group.config.items_of("IpPermissions"), prefix_list_entries(related))


def _refuse_unread(rules: SecurityGroupRules, matters: Callable[[PortRange], bool]) -> None:
    """Raise where a rule that matters names an unreadable prefix list.

    It may let in the internet.
    """
    for rule in rules.unread:
        if matters(rule):
            raise rule.error()


@check(
    resource_type=GROUP,
    title="Security group keeps administration ports from the IPv4 internet",
    problem="Security group opens administration ports to the IPv4 internet",
    severity=Severity.HIGH,
    controls=("practices:vpc", "cis_aws_7:6.3", "aws_fsbp:EC2.13", "aws_fsbp:EC2.14", "aws_fsbp:EC2.19"),
    aliases=(
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389",
        "securityhub:EC2.13",
        "securityhub:EC2.14",
        "securityhub:EC2.19",
        "securityhub:EC2.53",
    ),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console=CLOSING + "groups that administer it. Session Manager needs no open port at all.",
        cli=_revoke("22"),
        terraform='resource "aws_vpc_security_group_ingress_rule" "ssh" {\n  security_group_id = '
        'aws_security_group.this.id\n  ip_protocol       = "tcp"\n  from_port         = 22\n  to_port           = 22\n'
        "  prefix_list_id    = aws_ec2_managed_prefix_list.offices.id\n}",
    ),
    examples=(
        passes(_group(WEB, _rule("203.0.113.0/24", 22))),
        passes(_group(_listed(22)), "a prefix list of offices", related=(OFFICES,)),
        passes(_group(_listed(443)), "an unread prefix list of another port", related=(UNREAD,)),
        passes(_group(_rule("0.0.0.0/0", 22, protocol="udp")), "SSH does not speak UDP"),
        fails(_group(_listed(22)), "a prefix list that holds the internet", related=(EVERYONE,)),
        fails(_group(_rule("0.0.0.0/0", 5900)), "VNC"),
        fails(
            _group(_rule("0.0.0.0/0", 8022)),
            "an administration port of the organization's own",
            parameters={ADMINISTRATION.name: (22, 8022)},
        ),
        passes(_group(_rule("::/0", 22)), "IPv6 is judged on its own"),
        fails(_group(WEB, _rule("0.0.0.0/0", 22))),
        fails(_group(_rule("0.0.0.0/0", 3000, 4000)), "a range of ports around RDP"),
        fails(_group(_rule("0.0.0.0/0", 3389, protocol="udp")), "RDP over UDP"),
        fails(_group(_rule("0.0.0.0/1", 22), _rule("128.0.0.0/1", 22)), "the internet in two halves"),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_admin_ports_closed_to_ipv4(group: Resource, related: Related) -> Outcome:
    """Every public address is tried on SSH and RDP within minutes, by machines with lists of stolen passwords.

    One weak password or one unpatched daemon is enough, and it opens a shell. Session Manager and EC2 Instance
    Connect reach the same hosts through AWS's API, with IAM, MFA and a record, and need no open port.
    """
    return _judge(group, related, ADMINISTRATION.value, PORT_NAMES, version=4)


@check(
    resource_type=GROUP,
    title="Security group keeps administration ports from the IPv6 internet",
    problem="Security group opens administration ports to the IPv6 internet",
    severity=Severity.HIGH,
    controls=("practices:vpc", "cis_aws_7:6.4", "aws_fsbp:EC2.13", "aws_fsbp:EC2.14", "aws_fsbp:EC2.19"),
    aliases=(
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389",
        "securityhub:EC2.13",
        "securityhub:EC2.14",
        "securityhub:EC2.19",
        "securityhub:EC2.54",
    ),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console=CLOSING + "groups that administer it. Look at the IPv6 rules: they are separate from the IPv4 ones.",
        cli="aws ec2 revoke-security-group-ingress --region {region} --group-id {id} "
        "--security-group-rule-ids YOUR-RULE",
    ),
    examples=(
        passes(_group(WEB, _rule("2001:db8:77::/48", 22))),
        passes(_group(_rule("0.0.0.0/0", 22)), "IPv4 is judged on its own"),
        fails(_group(_rule("::/0", 22))),
        fails(_group(_listed(22)), "a prefix list that holds the internet", related=(EVERYONE,)),
        fails(_group(_rule("2000::/3")), "every global address, every protocol"),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_admin_ports_closed_to_ipv6(group: Resource, related: Related) -> Outcome:
    """An IPv6 rule is a second door next to the IPv4 one, and often left open when the first is closed.

    IPv6 addresses inside AWS are public by nature: there is no NAT in front. Scanners find them through DNS
    and certificates.
    """
    return _judge(group, related, ADMINISTRATION.value, PORT_NAMES, version=6)


@check(
    resource_type=GROUP,
    title="Security group keeps database ports from the internet",
    problem="Security group opens database ports to the internet",
    severity=Severity.HIGH,
    controls=("practices:vpc", "practices:data", "aws_fsbp:EC2.19"),
    aliases=(
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_sql_server_1433_1434",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_redis_6379",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mongodb_27017_27018",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_cassandra_7199_9160_8888",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_elasticsearch_kibana_9200_9300_5601",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_memcached_11211",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_oracle_1521_2483",
        "securityhub:EC2.19",
    ),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console=CLOSING + "security groups of the applications that use the database.",
        cli=_revoke("5432"),
    ),
    examples=(
        passes(_group(WEB, _rule("10.0.0.0/8", 5432))),
        fails(_group(_rule("0.0.0.0/0", 5432))),
        fails(_group(_rule("::/0", 27017)), "by IPv6"),
        fails(_group(_rule("0.0.0.0/0", 27018)), "a MongoDB shard"),
        passes(_group(_rule("0.0.0.0/0", 27018)), "not among the ports", parameters={DATABASES.name: (3306, 5432)}),
        fails(_group(_rule("0.0.0.0/0", 7199)), "Cassandra JMX"),
        fails(_group(_rule("0.0.0.0/0", 9160)), "Cassandra Thrift"),
        fails(_group(_rule("0.0.0.0/0", 11211, protocol="udp")), "Memcached over UDP"),
        passes(_group(_rule("0.0.0.0/0", 5432, protocol="udp")), "PostgreSQL does not speak UDP"),
        fails(_group(_rule("0.0.0.0/0")), "everything is open"),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_database_ports_closed(group: Resource, related: Related) -> Outcome:
    """A database that answers the internet is one password, or one flaw, away from being copied whole.

    Redis, Elasticsearch and MongoDB have been emptied by the ten thousand this way. Applications reach their
    database from inside; let their security group in, and nobody else.
    """
    return _judge(group, related, DATABASES.value, PORT_NAMES)


@check(
    resource_type=GROUP,
    title="Security group keeps file sharing from the internet",
    problem="Security group opens file sharing to the internet",
    severity=Severity.HIGH,
    controls=("practices:vpc", "cis_aws_7:6.1.2", "aws_fsbp:EC2.19"),
    aliases=("prowler:ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports", "securityhub:EC2.19"),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(console=CLOSING + "groups of those who use the share.", cli=_revoke("445")),
    examples=(
        passes(_group(WEB, _rule("10.0.0.0/8", 445))),
        fails(_group(_rule("0.0.0.0/0", 445))),
        fails(_group(_rule("0.0.0.0/0", 137, 139)), "NetBIOS"),
        fails(_group(_rule("0.0.0.0/0", 137, protocol="udp")), "NetBIOS over UDP"),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_cifs_closed(group: Resource, related: Related) -> Outcome:
    """Windows file sharing was never meant for the internet: WannaCry spread over this port alone.

    Whoever reaches it can guess passwords, collect hashes and try its flaws. Files for others go by S3 or a VPN.
    """
    return _judge(group, related, FILE_SHARING_PORTS, FILE_SHARING_PORTS)


@check(
    resource_type=GROUP,
    title="Security group keeps other high-risk ports from the internet",
    problem="Security group opens other high-risk ports to the internet",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:EC2.19"),
    aliases=(
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_ftp_port_20_21",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_cassandra_7199_9160_8888",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_elasticsearch_kibana_9200_9300_5601",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_kafka_9092",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_telnet_23",
        "securityhub:EC2.19",
    ),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console=CLOSING + "groups that need it, or put a load balancer in front that speaks HTTPS.",
        cli=_revoke("8080"),
    ),
    examples=(
        passes(_group(WEB)),
        passes(_group(_rule("0.0.0.0/0", 22)), "administration ports have a rule of their own"),
        fails(_group(_rule("0.0.0.0/0", 2375)), "the Docker API"),
        fails(_group(_rule("0.0.0.0/0", 2376)), "the Docker API over TLS"),
        fails(_group(_rule("0.0.0.0/0", 6443)), "the Kubernetes API"),
        fails(_group(_rule("0.0.0.0/0", 389)), "LDAP"),
        fails(_group(_rule("0.0.0.0/0", 636)), "LDAP over TLS"),
        fails(_group(_rule("0.0.0.0/0", 873)), "rsync"),
        fails(_group(_rule("0.0.0.0/0", 161, protocol="udp")), "SNMP over UDP"),
        fails(_group(_rule("0.0.0.0/0", 6440, 6450)), "a range of ports around the Kubernetes API"),
        fails(_group(_rule("0.0.0.0/0", 8080), _rule("::/0", 23))),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_high_risk_ports_closed(group: Resource, related: Related) -> Outcome:
    """These ports belong to services that trust whoever reaches them, or that speak in clear text.

    Telnet and FTP send passwords readably; Docker, etcd and kubelet hand over the host; development servers and
    consoles were never hardened. Administration, database and file sharing ports are judged on their own.
    """
    return _judge(group, related, HIGH_RISK_PORTS, HIGH_RISK_PORTS)


@check(
    resource_type=GROUP,
    title="Security group does not let the whole internet reach every port",
    problem="Security group opens every port to the whole internet",
    severity=Severity.CRITICAL,
    controls=("practices:vpc", "aws_fsbp:EC2.18", "aws_fsbp:EC2.19"),
    aliases=(
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_all_ports",
        "securityhub:EC2.18",
        "securityhub:EC2.19",
    ),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console=CLOSING + "groups that need it, one rule for each port that is served.",
        cli="aws ec2 revoke-security-group-ingress --region {region} --group-id {id} --protocol all --cidr 0.0.0.0/0",
    ),
    examples=(
        passes(_group(WEB)),
        passes(_group(_rule("10.0.0.0/8")), "everything, from inside"),
        fails(_group(_rule("0.0.0.0/0"))),
        fails(_group(_rule("::/0", 0, 65535)), "every TCP port, by IPv6"),
        fails(_group(_listed()), "a prefix list that holds the internet", related=(EVERYONE,)),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_not_open_to_all(group: Resource, related: Related) -> Outcome:
    """Such a group is no firewall: every service on every host behind it answers to everyone.

    It usually began as a test. Whatever listens tomorrow, a debugger or a database, is on the internet at once.
    """
    shared = owned_elsewhere(group)
    if shared:
        return shared
    rules = _inbound(group, related)
    found = from_internet(opening for opening in rules.openings if opening.all_ports)
    if not found:
        _refuse_unread(rules, lambda rule: rule.all_ports)
        return passed("No rule opens every port to the internet.", "IpPermissions")
    what = "Every port and protocol" if found[0].protocol == "-1" else f"Every {found[0].protocol.upper()} port"
    return failed(f"{what} is open to {found[0].label}.", *(opening.path for opening in found))


@check(
    resource_type=GROUP,
    title="Security group opens only public ports to the internet",
    problem="Security group opens ports other than public ones to the internet",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:EC2.18"),
    aliases=("securityhub:EC2.18",),
    version=2,
    needs=(PREFIX_LIST,),
    remediation=Remediation(
        console=CLOSING + "groups that need it. Where the public truly is the audience, record the exception.",
        cli=_revoke("YOUR-PORT"),
    ),
    examples=(
        passes(_group(WEB, _rule("::/0", 80))),
        passes(_group(_rule("203.0.113.0/24", 8443))),
        fails(_group(WEB, _rule("0.0.0.0/0", 8443))),
        passes(
            _group(WEB, _rule("0.0.0.0/0", 8443)), "one more public port", parameters={PUBLIC.name: (80, 443, 8443)}
        ),
        fails(_group(_rule("0.0.0.0/0", 443, 444)), "one port too many"),
        fails(_group(_rule("0.0.0.0/0", 1194, protocol="udp"))),
        fails(_group(_rule("0.0.0.0/0", 443, protocol="udp")), "QUIC: EC2.18 allows TCP alone"),
        fails(_group(_listed(8443)), "a prefix list that holds the internet", related=(EVERYONE,)),
        is_unknown(UNSEEN),
        is_unknown(_group(_listed()), "a prefix list whose entries may not be read", related=(UNREAD,)),
        is_unknown(_group(_listed()), "prefix lists may not be listed", gaps=(PREFIX_LIST,)),
        is_unknown(_group(_listed()), "a prefix list that is no longer shared"),
        does_not_apply(_shared_with_us()),
    ),
)
def ec2_security_group_only_web_ports_open(group: Resource, related: Related) -> Outcome:
    """The public is invited to the ports of the web; every other port that it reaches is worth a reason.

    An unusual port is no hiding place: scanners know them all within a day. UDP counts as well, as in Security
    Hub's EC2.18: where QUIC is served on purpose, record the exception.
    """
    shared = owned_elsewhere(group)
    if shared:
        return shared
    rules = _inbound(group, related)
    found = from_internet(opening for opening in rules.openings if _is_odd(opening))
    if not found:
        _refuse_unread(rules, _is_odd)
        return passed(f"The internet reaches no ports but TCP {_listed_ports()}.", "IpPermissions")
    spans = dict.fromkeys(_span(opening) for opening in found)
    return failed(f"Open to the internet: {', '.join(spans)}.", *(opening.path for opening in found))


def _is_odd(rule: PortRange) -> bool:
    """Return True for a rule that lets in more than a public port over TCP."""
    is_web = rule.protocol == "tcp" and rule.first == rule.last and rule.first in PUBLIC.value
    return rule.protocol in {"tcp", "udp", "-1"} and not is_web


def _listed_ports() -> str:
    return " and ".join(map(str, PUBLIC.value)) if len(PUBLIC.value) < 3 else PUBLIC.write(PUBLIC.value)  # noqa: PLR2004 - as people list


def _span(opening: Opening) -> str:
    if opening.protocol == "-1":
        return "everything"
    ports = str(opening.first) if opening.first == opening.last else f"{opening.first}-{opening.last}"
    return f"{opening.protocol} {ports}"
