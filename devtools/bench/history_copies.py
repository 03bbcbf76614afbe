"""Multiply the accounts of a small organization whose year is loaded.

Each account's history once more, and again.

Loading a year plays each account's story day by day, which is Python's work; copying is the database's,
and takes a tenth of it. The copies are accounts of their own with resources and findings of their own; only
what happens in them, and when, is what happens in the account that they were copied from.
"""

from __future__ import annotations

from django.db import connection

TABLES: dict[str, dict[str, str]] = {
    "accounts_awsaccount": {
        "id": "id + {account}", "account_id": "{twelve}", "name": "'account-' || right({twelve}, 4)",
    },
    "history_resource": {
        "id": "id + {resource}", "account_id": "account_id + {account}",
        "arn": "replace(arn, {old}, {new})", "name": "replace(name, {old}, {new})",
    },
    "history_version": {
        "resource_id": "resource_id + {resource}", "version_id": "version_id + {version}",
        "account_id": "account_id + {account}",
    },
    "history_version_closed": {
        "resource_id": "resource_id + {resource}", "version_id": "version_id + {version}",
        "account_id": "account_id + {account}",
    },
    "history_observed": {"resource_id": "resource_id + {resource}", "account_id": "account_id + {account}"},
    "history_finding": {
        "id": "id + {finding}", "resource_id": "resource_id + {resource}", "episode_id": "episode_id + {episode}",
        "account_id": "account_id + {account}",
    },
    "history_finding_closed": {
        "finding_id": "finding_id + {finding}", "resource_id": "resource_id + {resource}",
        "episode_id": "episode_id + {episode}", "account_id": "account_id + {account}",
    },
    "history_tally": {"account_id": "account_id + {account}"},
    "history_tally_closed": {"account_id": "account_id + {account}"},
    "history_accountstate": {"account_id": "account_id + {account}"},
    "history_accountpoint": {"id": "", "account_id": "account_id + {account}"},
    "history_practicepoint": {"id": "", "account_id": "account_id + {account}"},
    "history_coveragepoint": {"id": "", "account_id": "account_id + {account}"},
    "history_accountsweep": {"id": "", "account_id": "account_id + {account}"},
    "history_gap": {"id": "", "account_id": "account_id + {account}"},
    "history_fieldgap": {"id": "", "account_id": "account_id + {account}"},
}  # fmt: skip
"""What is other in a copy, by table and column; where nothing is given the database gives it."""

MULTIPLIED = {
    "history_scopepoint": (
        "critical", "high_open", "medium", "low_open", "unknown", "stale", "accepted", "opened", "resolved",
        "resources", "unseen", "empty_gaps", "weight", "accounts",
    ),
    "history_scopepracticepoint": ("passed", "failed", "unknown", "weight"),
    "history_checkpoint": ("passed", "failed", "unknown", "accepted", "accounts"),
    "history_typepoint": ("count", "unseen"),
}  # fmt: skip
"""Roll-ups, and those of their columns that are sums over accounts; scores are means, and stay."""

SEQUENCES = {
    "version": "history_version_ids", "episode": "history_episode_ids", "resource": "history_resource_id_seq",
    "finding": "history_finding_id_seq", "account": "accounts_awsaccount_id_seq",
}  # fmt: skip


def multiply(times: int) -> None:
    """Make of each account so many, itself among them.

    Do it once, right after the year was loaded.
    """
    with connection.cursor() as cursor:
        steps = {}
        for name, sequence in SEQUENCES.items():
            cursor.execute(f"SELECT last_value FROM {sequence}")  # noqa: S608 - a constant
            steps[name] = int(cursor.fetchone()[0])
        for copy in range(1, times):
            for table in TABLES:
                cursor.execute(_copying(table, steps, copy))
        for name, sequence in SEQUENCES.items():
            cursor.execute("SELECT setval(%s, %s)", [sequence, steps[name] * times])
        for table, columns in MULTIPLIED.items():
            sums = ", ".join(f'"{column}" = "{column}" * {times}' for column in columns)
            cursor.execute(f'UPDATE "{table}" SET {sums}')  # noqa: S608 - constants
        cursor.execute("VACUUM (ANALYZE)")


def _copying(table: str, steps: dict[str, int], copy: int) -> str:
    """Return the statement that copies a table's rows of the first accounts."""
    first, further = steps["account"], steps["account"] * copy
    other = f"(SELECT (a.account_id::bigint + {further})::text FROM accounts_awsaccount a WHERE a.id = o.account_id)"  # noqa: S608 - a number
    words = {
        **{name: str(step * copy) for name, step in steps.items()},
        "twelve": f"(account_id::bigint + {further})::text",
        "old": "(SELECT a.account_id FROM accounts_awsaccount a WHERE a.id = o.account_id)",
        "new": other,
    }
    changed = {column: text.format(**words) for column, text in TABLES[table].items()}
    with connection.cursor() as cursor:
        known = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    columns = [column for column in known if changed.get(column) != ""]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    account = "id" if table == "accounts_awsaccount" else "account_id"
    return f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" o WHERE {account} <= {first}'  # noqa: S608 - constants
