"""Requests written as JSON, as acceptance vectors are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.core.iam.context import Context
from posture.core.iam.documents import PolicyInput, compile_all, compile_policy, unread
from posture.core.iam.logic import Truth
from posture.core.iam.policy_set import PolicySet
from posture.core.iam.principals import Caller, CallerKind
from posture.core.iam.request import Request, RequestTarget
from posture.core.iam.s3_access import S3Access
from posture.core.values import MARK, Unknown

_AWS_MANAGED = "AWS"
_OWNER_ENFORCED = "BucketOwnerEnforced"


def request_of(vector: Mapping[str, Any]) -> Request:
    """Return the request of a vector; what a key leaves out is absent."""
    facts = vector.get("facts") or {}
    return Request(
        _caller(vector["principal"]),
        vector["action"],
        _target(vector["resource"]),
        _policies(vector["policies"]),
        Context.of(vector.get("context") or {}),
        _s3(facts.get("s3") or {}),
        _unread_or_list(facts.get("kms_grants")),
    )


def _caller(raw: Mapping[str, Any]) -> Caller:
    return Caller(
        CallerKind(raw["type"]),
        account=raw.get("account", ""),
        arn=raw.get("arn", ""),
        role_arn=raw.get("role_arn", ""),
        user_arn=raw.get("user_arn", ""),
        unique_id=raw.get("unique_id", ""),
        service=raw.get("service", ""),
        provider=raw.get("provider", ""),
        canonical_user=raw.get("canonical_user", ""),
        is_management=_setting(raw.get("management")),
        is_service_linked=bool(raw.get("service_linked")),
    )


def _target(raw: Mapping[str, Any]) -> RequestTarget:
    return RequestTarget(
        raw["arn"],
        raw.get("account", ""),
        is_management=_setting(raw.get("management")),
        is_aws_managed_key=raw.get("key_manager") == _AWS_MANAGED,
    )


def _policies(raw: Mapping[str, Any]) -> PolicySet:
    return PolicySet(
        compile_all(raw.get("identity")),
        _one(raw.get("boundary")),
        _one(raw.get("session")),
        tuple(compile_all(level) for level in raw.get("scp") or ()),
        tuple(compile_all(level) for level in raw.get("rcp") or ()),
        _one(raw.get("resource")),
        _one(raw.get("endpoint")),
    )


def _one(raw: Any) -> PolicyInput | None:
    return None if raw is None else compile_policy(raw)


def _s3(raw: Mapping[str, Any]) -> S3Access:
    ownership = raw.get("object_ownership")
    return S3Access(
        _unread_or_list(raw.get("acl")),
        raw.get("owner", ""),
        None if _is_unknown(ownership) else ownership == _OWNER_ENFORCED,
        _setting(raw.get("ignore_public_acls")),
        _setting(raw.get("restrict_public_buckets")),
    )


def _setting(raw: Any) -> Truth:
    return None if _is_unknown(raw) else bool(raw)


def _unread_or_list(raw: Any) -> tuple[Any, ...] | Unknown:
    return unread(raw) if _is_unknown(raw) else tuple(raw or ())


def _is_unknown(raw: Any) -> bool:
    return isinstance(raw, Mapping) and MARK in raw
