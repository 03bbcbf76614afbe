"""botocore's service models, shared by every account; never an AWS call."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import DataNotFoundError, UnknownRegionError, UnknownServiceError
from botocore.loaders import JSONFileLoader
from botocore.model import OperationModel, ServiceModel
from botocore.utils import parse_timestamp

from posture.core.shortcuts import Shortcut, is_enabled


class ModelFiles(JSONFileLoader):
    """Reads botocore's models as plain dictionaries, without their unused prose.

    That is a third of a worker's memory, EC2's model alone thirty megabytes.
    """

    def load_file(self, file_path: str) -> Any:
        """Return what the file holds, without documentation; None where there is none."""
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            path = Path(file_path + ending)
            if path.is_file():
                with opened(path, "rb") as file:
                    return json.loads(file.read(), object_hook=_without_prose)
        return None


def _without_prose(read: dict[str, Any]) -> dict[str, Any]:
    # Some of botocore's code looks whether it is there. A member may have this very name, and is no text then.
    if isinstance(read.get("documentation"), str):
        read["documentation"] = ""
    return read


@cache
def botocore_session() -> botocore.session.Session:
    """Return the session whose loader holds each service model once; no credentials."""
    session = botocore.session.Session()
    if is_enabled(Shortcut.MODELS):
        session.get_component("data_loader").file_loader = ModelFiles()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    return session


def moment(given: Any) -> datetime:
    """Read a time out of an answer.

    Botocore's own way takes 50 µs for each, and a page may have a thousand.
    """
    if isinstance(given, str) and given[10:11] == "T":
        with suppress(ValueError):
            return datetime.fromisoformat(given)
    return parse_timestamp(given)


@cache
def partition_of(region: str) -> str:
    """Return the partition of a region; empty where botocore does not know it."""
    try:
        return str(botocore_session().get_partition_for_region(region))
    except UnknownRegionError:
        return ""


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service by boto3's client name."""
    return botocore_session().get_service_model(service)


@cache
def _operation_names(service: str) -> dict[str, str]:
    return {xform_name(name): name for name in service_model(service).operation_names}


def operation_name(service: str, method: str) -> str:
    """Return the API's operation of a boto3 method; LookupError if none.

    `describe_vpcs` is `DescribeVpcs`.
    """
    try:
        return _operation_names(service)[method]
    except (UnknownServiceError, KeyError):
        raise LookupError(f"botocore knows no {service}.{method}: check the name, or raise boto3's version") from None


@cache
def operation_model(service: str, method: str) -> OperationModel:
    """Return botocore's model of the operation behind a boto3 method."""
    return service_model(service).operation_model(operation_name(service, method))


@cache
def paging(service: str, method: str) -> dict[str, Any] | None:
    """Return how the operation is paged: botocore's configuration, or by its shapes.

    None where the operation answers at once.
    """
    try:
        known: dict[str, Any] = (
            botocore_session().get_paginator_model(service).get_paginator(operation_name(service, method))
        )
    except (ValueError, DataNotFoundError):
        return _token_pair(service, method)
    return known


def _token_pair(service: str, method: str) -> dict[str, Any] | None:
    model = operation_model(service, method)
    asked = model.input_shape.members if model.input_shape else {}
    answered = model.output_shape.members if model.output_shape else {}
    for token in ("NextToken", "nextToken", "Marker", "NextMarker", "PaginationToken"):
        for answer in (token, f"Next{token}"):
            if token in asked and answer in answered:
                return {"input_token": token, "output_token": answer, "result_key": answer}
    return None
