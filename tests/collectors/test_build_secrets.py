"""What people write into builds and migrations leaves collectors as fingerprints."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from posture.collectors.codebuild_project import projects
from posture.collectors.dms_endpoint import endpoints
from posture.core.resource import Resource
from tests.collectors.test_delivery_secrets import CANARY, answers, gathered, kept


def built(**fields: Any) -> Resource:
    """Return a project with other fields than the recorded one's."""
    recorded = copy.deepcopy(answers(projects))
    recorded["codebuild:batch_get_projects"]["projects"][0].update(fields)
    return gathered(projects, recorded)[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"environment": {"environmentVariables": [{"name": "STAGE", "value": CANARY, "type": "PLAINTEXT"}]}},
        {"environment": {"environmentVariables": [{"name": "STAGE", "value": CANARY, "type": "SECRETS_MANAGER"}]}},
        {"source": {"type": "GITHUB", "buildspec": f"curl -H 'Authorization: {CANARY}'"}},
        {"secondarySources": [{"type": "GITHUB", "buildspec": CANARY}]},
        {"webhook": {"secret": CANARY, "payloadUrl": f"https://codebuild.example/webhooks?t={CANARY}"}},
        {"source": {"type": "GITHUB", "buildStatusConfig": {"targetUrl": f"https://ci.example/?t={CANARY}"}}},
        {"secondarySources": [{"type": "GITHUB", "buildStatusConfig": {"targetUrl": f"https://ci.example/{CANARY}"}}]},
        {"badge": {"badgeRequestUrl": f"https://codebuild.example/badges?uuid={CANARY}"}},
    ],
)
def test_values_scripts_and_tokens_are_fingerprints(fields: dict[str, Any]) -> None:
    assert CANARY not in kept([built(**fields)])


@pytest.mark.parametrize(
    ("location", "clean"),
    [
        (f"https://user:{CANARY}@github.com/example/orders.git", "https://github.com/example/orders.git"),
        (f"https://{CANARY}@github.com/example/orders.git", "https://github.com/example/orders.git"),
        (f"https://a@b:{CANARY}@github.com:8443/orders.git", "https://github.com:8443/orders.git"),
        (f"https://github.com/orders.git?token={CANARY}", "https://github.com/orders.git"),
        (f"https://[{CANARY}/orders.git", None),
    ],
)
def test_the_address_of_a_source_is_kept_without_credentials(location: str, clean: str | None) -> None:
    for part in ("source", "secondarySources"):
        source = {"type": "GITHUB", "location": location}
        project = built(**{part: source if part == "source" else [source]})
        assert CANARY not in kept([project])
        found = project.config[part] if part == "source" else project.config[part][0]
        assert found.get("location") == clean
        assert found["LocationCredentials"].startswith("hmac-sha256:")


@pytest.mark.parametrize("location", ["https://github.com/example/orders.git", "sources/library.zip", "", None])
def test_an_address_without_credentials_has_none(location: str | None) -> None:
    assert built(source={"type": "GITHUB", "location": location}).config["source"]["LocationCredentials"] is None


def test_what_a_migration_endpoint_is_given_is_a_fingerprint() -> None:
    recorded = copy.deepcopy(answers(endpoints))
    recorded["dms:describe_endpoints"]["Endpoints"][0].update(
        Username=CANARY,
        ExtraConnectionAttributes=f"password={CANARY}",
        MongoDbSettings={"AuthType": "password", "Password": CANARY, "Username": CANARY},
        OracleSettings={"AsmPassword": CANARY, "SecurityDbEncryption": CANARY},
    )
    [endpoint, _] = found = gathered(endpoints, recorded)

    assert CANARY not in kept(found)
    assert endpoint.config["MongoDbSettings"]["AuthType"] == "password"
    assert endpoint.config["OtherSettings"]["OracleSettings"]["AsmPassword"].startswith("hmac-sha256:")
