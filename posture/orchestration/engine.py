"""The process's sweep engine, and how it reaches an organization's accounts."""

from __future__ import annotations

import os
from functools import cache, partial

import boto3
from django.conf import settings

from accounts.models import AwsAccount, ConnectedCluster, Organization
from accounts.parameters import load_values
from posture import permissions
from posture.checks import own_values
from posture.core.classification import own_scheme
from posture.core.parameters import NO_VALUES, Values
from posture.history.ingest import other_accounts
from posture.sweep import Engine, SweepRole, Target


@cache
def engine() -> Engine:
    """Return the process's engine: its clients and threads are kept from job to job."""
    return Engine(
        boto3.Session(),
        endpoint_url=settings.AWS_ENDPOINT_URL or None,
        threads=settings.SWEEP_THREADS,
        fingerprint_key=settings.FINGERPRINT_KEY.encode(),
    )


# Threads do not survive a fork, and a worker may fork for each job.
os.register_at_fork(after_in_child=engine.cache_clear)


def target_of(organization: Organization, account_id: str) -> Target:
    """Return how one of an organization's accounts is swept."""
    asked_for_all = answers_for_organization(organization, account_id)
    return Target(
        account_id=account_id,
        role=role_of(organization, account_id, asked_for_all=asked_for_all),
        regions=list(organization.regions),
        organization=asked_for_all,
        partition=organization.partition,
        scheme=own_scheme(organization.classification_keys, organization.sensitive_values),
        values=_values(organization, account_id),
        judges=False,
        colleagues=colleagues_in(organization),
        known_accounts=known_accounts_in(organization),
        clusters=clusters_in(organization, account_id),
        look_up=partial(other_accounts.look_up, organization.pk, account_id),
    )


def clusters_in(organization: Organization, account_id: str) -> frozenset[str]:
    """Return the ARNs of the account's clusters that are to be read."""
    mine = ConnectedCluster.objects.filter(account__organization=organization, account__account_id=account_id)
    return frozenset(mine.values_list("arn", flat=True))


def _values(organization: Organization, account_id: str) -> Values:
    account = organization.accounts.filter(account_id=account_id).select_related("unit").first()
    return own_values(load_values(account)) if account else NO_VALUES


def known_accounts_in(organization: Organization) -> frozenset[str]:
    """Return all accounts that have not left an organization, closed ones included."""
    return frozenset(organization.accounts.filter(left_at=None).values_list("account_id", flat=True))


def colleagues_in(organization: Organization) -> frozenset[str]:
    """Return the accounts that may be a service's delegated administrator."""
    if organization.kind != Organization.Kind.ORGANIZATION:
        return frozenset()
    active = organization.accounts.filter(state=AwsAccount.State.ACTIVE, left_at=None)
    return frozenset(active.values_list("account_id", flat=True))


def role_of(organization: Organization, account_id: str, *, asked_for_all: bool) -> SweepRole:
    """Return the role to assume in an account, its sessions narrowed.

    The newer external id is tried first.
    """
    arn = organization.role_arn(account_id)
    ours = organization.role_origin == Organization.RoleOrigin.TEMPLATE
    new, old = organization.next_external_id, organization.external_id
    return SweepRole(
        arn,
        new or old,
        former_external_id=old if new else "",
        policy_arns=permissions.session_policies(arn, ours=ours, organization=asked_for_all),
        policy=permissions.session_policy(organization.partition),
    )


def answers_for_organization(organization: Organization, account_id: str) -> bool:
    """Return True if this account is asked for data of the whole Organization."""
    return organization.kind == Organization.Kind.ORGANIZATION and account_id == organization.root_account_id
