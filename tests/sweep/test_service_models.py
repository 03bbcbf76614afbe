"""botocore's models are read without their prose, and are otherwise botocore's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader

from posture.core.shortcuts import NONE, VARIABLE
from posture.sweep import service_models


def blanked(read: Any) -> Any:
    """Return what botocore reads, each text that is documentation made empty."""
    if isinstance(read, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else blanked(value)
            for name, value in read.items()
        }
    return [blanked(each) for each in read] if isinstance(read, list) else read


@pytest.mark.parametrize("name", ["apigateway/2015-07-09/service-2", "s3/2006-03-01/service-2", "endpoints"])
def test_models_are_botocores_without_their_prose(name: str) -> None:
    path = str(Path(Loader.BUILTIN_DATA_PATH) / name)

    assert service_models.ModelFiles().load_file(path) == blanked(JSONFileLoader().load_file(path))


def test_the_clients_session_reads_by_it() -> None:
    read = service_models.botocore_session().get_component("data_loader").load_service_model("kms", "service-2")

    assert read["operations"]["ListKeys"]["documentation"] == ""


def test_without_the_shortcut_models_are_read_by_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, NONE)
    session = service_models.botocore_session.__wrapped__()
    read = session.get_component("data_loader").load_service_model("kms", "service-2")

    assert read["operations"]["ListKeys"]["documentation"]


def test_what_is_not_there_is_none() -> None:
    assert service_models.ModelFiles().load_file("/nowhere/service-2") is None
