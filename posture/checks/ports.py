"""Which ports the internet must not reach, and which it may. Declares no check."""

from __future__ import annotations

from posture.core.parameters import ports
from posture.core.well_known_ports import ADMIN_PORTS, DATABASE_PORTS, WEB_PORTS

ADMINISTRATION = ports(
    "administration_ports",
    "Administration ports",
    "The internet must not reach these ports of remote administration, in security groups and network ACLs.",
    default=tuple(ADMIN_PORTS),
    source="CIS 6.2 to 6.4",
)
DATABASES = ports(
    "database_ports",
    "Database ports",
    "The internet must not reach these ports of databases.",
    default=tuple(DATABASE_PORTS),
    source="EC2.19",
)
PUBLIC = ports(
    "public_ports",
    "Public ports",
    "The internet may reach these TCP ports; every other open one is worth a reason.",
    default=tuple(WEB_PORTS),
    source="EC2.18",
)
PORT_NAMES = {**DATABASE_PORTS, **ADMIN_PORTS}
"""What is known to answer on them."""
