"""Rows shared by a module's tests: written once, with each test's changes undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def rows(django_db_blocker: Any) -> Iterator[None]:
    """Hold a transaction open in which each test of a module has a savepoint.

    Tests that use real transactions cannot be in that module. What the fixture made in memory is to be copied for
    each test, which may change it.
    """
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
