"""Ports by the services behind them, as checks group them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ADMIN_PORTS = {22: "SSH", 3389: "RDP", 5900: "VNC", 5901: "VNC", 5985: "WinRM", 5986: "WinRM"}
"""Ports for remote administration of servers (CIS names SSH and RDP as examples)."""
FILE_SHARING_PORTS = {137: "NetBIOS", 138: "NetBIOS", 139: "NetBIOS", 445: "CIFS"}
DATABASE_PORTS = {
    1433: "SQL Server",
    1434: "SQL Server Browser",
    1521: "Oracle",
    2483: "Oracle",
    2484: "Oracle",
    3306: "MySQL",
    5432: "PostgreSQL",
    5439: "Redshift",
    5984: "CouchDB",
    6379: "Redis",
    6380: "Redis",
    7000: "Cassandra",
    7001: "Cassandra",
    7199: "Cassandra JMX",
    7474: "Neo4j",
    7687: "Neo4j",
    8086: "InfluxDB",
    8123: "ClickHouse",
    8182: "Neptune",
    9042: "Cassandra",
    9160: "Cassandra Thrift",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "Memcached",
    26257: "CockroachDB",
    27017: "MongoDB",
    27018: "MongoDB shards",
    27019: "MongoDB configuration servers",
    28017: "MongoDB web interface",
    33060: "MySQL X Protocol",
    50000: "Db2",
}
HIGH_RISK_PORTS = {
    20: "FTP",
    21: "FTP",
    23: "Telnet",
    25: "SMTP",
    69: "TFTP",
    110: "POP3",
    111: "rpcbind",
    135: "RPC",
    143: "IMAP",
    161: "SNMP",
    389: "LDAP",
    512: "rexec",
    513: "rlogin",
    514: "rsh and syslog",
    548: "AFP",
    623: "IPMI",
    636: "LDAPS",
    873: "rsync",
    1099: "Java RMI",
    2049: "NFS",
    2181: "ZooKeeper",
    2375: "Docker",
    2376: "Docker TLS",
    2377: "Docker Swarm",
    2379: "etcd",
    2380: "etcd",
    3000: "development servers",
    3128: "Squid",
    3268: "LDAP global catalog",
    3269: "LDAPS global catalog",
    4333: "ahsp",
    4505: "Salt",
    4506: "Salt",
    5000: "development servers",
    5500: "fcp-addr-srvr1",
    5555: "Android Debug Bridge",
    5601: "Kibana",
    6000: "X11",
    6443: "Kubernetes API",
    8009: "AJP",
    8080: "proxies",
    8088: "legacy HTTP",
    8161: "ActiveMQ console",
    8500: "Consul",
    8888: "alternative HTTP",
    8983: "Solr",
    9090: "Prometheus",
    9092: "Kafka",
    9870: "Hadoop",
    10250: "kubelet",
    10255: "kubelet",
    15672: "RabbitMQ console",
    50070: "Hadoop",
    61616: "ActiveMQ",
}
"""The ports of Security Hub's EC2.19, and others of the same kind, that no mapping above names already."""
UDP_PORTS = frozenset({69, 111, 137, 138, 161, 389, 514, 623, 1434, 2049, 3389, 11211})
"""Of the ports above, those whose service also answers over UDP; another port's UDP is something else."""
WEB_PORTS = frozenset({80, 443})


def protocols_of(port: int) -> tuple[str, ...]:
    """Return the protocols by which a port's service answers."""
    return ("tcp", "udp") if port in UDP_PORTS else ("tcp",)


def named_ports(ports: Iterable[int], names: Mapping[int, str]) -> str:
    """Return ports for people: `22 (SSH) and 3389 (RDP)`, the first four of many."""
    shown = [f"{port} ({names[port]})" if port in names else str(port) for port in ports]
    if len(shown) > 4:  # noqa: PLR2004 - as the docstring says
        return f"{', '.join(shown[:4])} and {len(shown) - 4} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
