"""Empties the database after a test that commits.

Django's flush truncates every table and announces a migration, which takes longer than most of these tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase

KEPT = ("django_migrations", "django_content_type", "auth_permission")
"""Tables with what migrations leave, which no test changes."""
EMPTY_ALL = """
DO $$
DECLARE
    one regclass;
    filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;  -- in any order, whatever refers to what
    FOR one IN
        SELECT oid FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname <> ALL (%(kept)s)
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %%s)', one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %%s', one);
        END IF;
        -- What was deleted is read over until it is vacuumed.
        IF (SELECT sum(pg_table_size(relid)) FROM pg_partition_tree(one)) > 4000000 THEN
            EXECUTE format('TRUNCATE %%s CASCADE', one);
        END IF;
    END LOOP;
END $$
"""


def empty_database() -> None:
    """Delete all rows but those that migrations leave."""
    from posture.history.upkeep import dictionaries

    with connection.cursor() as cursor:
        cursor.execute(EMPTY_ALL, {"kept": list(KEPT)})
    dictionaries.keep()


@pytest.fixture(scope="session", autouse=True)
def _empty_by_rows() -> Iterator[None]:
    """Let Django empty the database by rows after tests that commit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: empty_database())
        yield
