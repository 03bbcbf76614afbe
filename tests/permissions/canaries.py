"""Secrets planted where people leave them, and a search for them in the product."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import resolve

from posture.history import codec
from tests.simulated import REGION, Estate

TUNNEL_KEY = "Iw2IAN9XUsQeYUrkMGP3kP59ugFDkfHg"
"""The pre-shared key that the simulated VPN gateway hands out."""

CANARIES = {
    "instance user data": "CANARY-instance-user-data-1",
    "launch template user data": "CANARY-template-user-data-2",
    "function environment": "CANARY-lambda-environment-3",
    "container environment": "CANARY-container-environ-4",
    "container command": "CANARY-container-command-a9",
    "log driver option": "CANARY-log-driver-option-10",
    "secret value": "CANARY-secret-manager-val-5",
    "parameter value": "CANARY-ssm-parameter-value-6",
    "stack parameter": "CANARY-cloudformation-para-7",
    "stack output": "CANARY-cloudformation-out-11",
    "database password": "CANARY-database-password-8",
    "function database URL": "CANARY-password-in-a-URL-12",
    "user data password": "CANARY-password-in-script-13",
    "instance password": "CANARY-password-on-boot-15",
    "stack output URL": "CANARY-password-in-output-14",
    "tunnel key": TUNNEL_KEY,
}
"""What was planted, by where."""

ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
"""How each compressed value begins (RFC 8878), by which it is distinguished from a digest."""

PAGES_OF_A_KIND = 2
"""How many addresses of one URL pattern the crawl opens: sorting and filters make endless ones."""


def forms(canary: str) -> tuple[str, ...]:
    """Return the encodings of a value: plain, base64 at any offset, and hexadecimal."""
    raw = canary.encode()
    encoded = (base64.b64encode(b"." * before + raw).decode() for before in range(3))
    inner = (text[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6] for before, text in enumerate(encoded))
    return canary, *inner, raw.hex()


def found_in(text: str) -> set[str]:
    """Return which canaries are in a text."""
    return {where for where, canary in CANARIES.items() if any(form in text for form in forms(canary))}


def plant(estate: Estate, account_id: str) -> None:
    """Put each canary into an account."""

    def client(service: str) -> Any:
        return estate.simulator.client(service, account_id, REGION)

    ec2 = client("ec2")
    boot = f"{CANARIES['instance user data']}\nexport DB_PASSWORD={CANARIES['instance password']}\n"
    script = f"{CANARIES['launch template user data']}\nexport DB_PASSWORD={CANARIES['user data password']}\n"
    template = base64.b64encode(script.encode()).decode()
    ec2.run_instances(ImageId="ami-0a1b2c3d4e5f60718", MinCount=1, MaxCount=1, UserData=boot)
    ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData={"UserData": template})
    _plant_tunnel(ec2)
    _plant_function(client("iam"), client("lambda"), account_id)
    _plant_container(client("ecs"))
    client("secretsmanager").create_secret(Name="database", SecretString=CANARIES["secret value"])
    client("ssm").put_parameter(Name="/shop/key", Type="SecureString", Value=CANARIES["parameter value"])
    client("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="shop",
        MasterUserPassword=CANARIES["database password"],
        AllocatedStorage=20,
    )
    client("cloudformation").create_stack(
        StackName="shop",
        TemplateBody=json.dumps(
            {
                "Parameters": {"Key": {"Type": "String"}},
                "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
                "Outputs": {
                    "Token": {"Value": CANARIES["stack output"]},
                    "Database": {"Value": f"postgres://shop:{CANARIES['stack output URL']}@db/shop"},
                },
            }
        ),
        Parameters=[{"ParameterKey": "Key", "ParameterValue": CANARIES["stack parameter"]}],
    )


def _plant_tunnel(ec2: Any) -> None:
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="198.51.100.7", BgpAsn=65000)["CustomerGateway"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]
    made = ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=customer["CustomerGatewayId"], VpnGatewayId=gateway["VpnGatewayId"]
    )["VpnConnection"]
    assert TUNNEL_KEY in made["CustomerGatewayConfiguration"], "the simulated AWS hands out another key"


def _plant_function(iam: Any, functions: Any, account_id: str) -> None:
    iam.create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    functions.create_function(
        FunctionName="checkout",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{account_id}:role/function",
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={
            "Variables": {
                "API_KEY": CANARIES["function environment"],
                "DATABASE_URL": f"postgres://shop:{CANARIES['function database URL']}@db/shop",
            }
        },
    )


def _plant_container(ecs: Any) -> None:
    variable = {"name": "API_KEY", "value": CANARIES["container environment"]}
    container = {
        "name": "shop",
        "image": "shop:1",
        "memory": 128,
        "environment": [variable],
        "command": ["serve", "--token", CANARIES["container command"]],
        "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": CANARIES["log driver option"]}},
    }
    ecs.create_cluster(clusterName="shop")
    task = ecs.register_task_definition(family="shop", containerDefinitions=[container])["taskDefinition"]
    ecs.create_service(cluster="shop", serviceName="shop", taskDefinition=task["taskDefinitionArn"], desiredCount=1)


def in_database() -> dict[str, set[str]]:
    """Return the canaries in any column of any table, by `table.column`, unpacked."""
    held: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns c JOIN information_schema.tables"
            " t USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for table, column, kind in cursor.fetchall():
            name = f'"{column}"' if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {name} FROM "{table}" WHERE "{column}" IS NOT NULL')  # noqa: S608 - the catalogue's names
            for (value,) in cursor.fetchall():
                if canaries := found_in(value if isinstance(value, str) else readable(bytes(value))):
                    held.setdefault(f"{table}.{column}", set()).update(canaries)
    return held


def readable(stored: bytes) -> str:
    """Return a binary value as text: unpacked where packed, else by byte."""
    if stored[:1] in {bytes([codec.WITHOUT_DICTIONARY]), bytes([codec.CURRENT])} and stored[1:].startswith(ZSTD_FRAME):
        return codec.unpack_canonical(stored).decode()
    return stored.decode("latin-1")


@dataclass
class Crawl:
    """Opens every page that links lead to, a few of each kind, and each page's export."""

    client: Client
    seen: dict[str, int] = field(default_factory=dict)
    """How many addresses were opened, by URL name."""
    held: dict[str, set[str]] = field(default_factory=dict)
    """Canaries by address."""
    exports: int = 0

    def from_pages(self, addresses: list[str]) -> Crawl:
        """Crawl from some addresses until no link leads to anything new."""
        waiting, known = list(addresses), set(addresses)
        while waiting:
            address = waiting.pop(0)
            text = self._open(address, always=address in addresses)
            if text is None:
                continue
            for link in links(text):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        return self

    def _open(self, address: str, *, always: bool = False) -> str | None:
        name = resolve(address.partition("?")[0]).view_name
        is_export = "export=csv" in address
        if not always and self.seen.get(f"{name} csv" if is_export else name, 0) >= PAGES_OF_A_KIND:
            return None
        key = f"{name} csv" if is_export else name
        self.seen[key] = self.seen.get(key, 0) + 1
        response: Any = self.client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        text = body.decode(errors="replace")
        self.exports += is_export
        if canaries := found_in(text) | found_in(unescape(text)):
            self.held[address] = canaries
        return text if response.status_code == 200 and not is_export else None


def links(page: str) -> Iterator[str]:
    """Yield the addresses within the site that a page leads to, or loads by itself."""
    for match in re.finditer(r'(?:href|hx-get|src)="(/[^"#]*)', page):
        address = unescape(match[1])
        if not address.startswith(("/static/", "/login", "/logout", "//")):
            yield address
