"""Renames the tables kept by column, and stores each subject under its own name."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

SUBJECTS = [
    ("resources", "Resources by type and region"),
    ("findings", "Findings by region and reason"),
    ("endings", "Closed findings"),
    ("episodes", "Episodes of findings, one by one"),
    ("tallies", "Check counts"),
    ("practices", "Practices of accounts"),
]
RENAMED_MODELS = {
    "Journal": "EventLog",
    "JournalMonth": "EventLogMonth",
    "Living": "IntervalLog",
    "LivingMonth": "IntervalLogMonth",
    "StoredTally": "StoredCheckCounts",
    "ClosedTally": "ClosedCheckCounts",
    "Observed": "ObservedFields",
    "TallyRecord": "CheckCountsRecord",
}
RENAMED = {"places": "resources", "happenings": "findings"}
CONSTRAINTS = {
    "a_journal_once": ("eventlog", ("piece", "subject"), "one_event_log"),
    "a_month_of_a_journal_once": ("eventlogmonth", ("piece", "subject", "month"), "one_event_log_month"),
    "living_once": ("intervallog", ("piece", "subject"), "one_interval_log"),
    "a_month_of_living_once": ("intervallogmonth", ("piece", "subject", "month"), "one_interval_log_month"),
}
SAFE = "workers of the release before are stopped while this runs; the tables are filled again where they are empty"


def _subjects(old: str, new: str) -> str:
    return "; ".join(
        f"DELETE FROM {table} WHERE subject = '{new}'; UPDATE {table} SET subject = '{new}' WHERE subject = '{old}'"  # noqa: S608 - constants
        for table in ("history_eventlog", "history_eventlogmonth")
    )


class Migration(migrations.Migration):
    dependencies = [("history", "0038_retry_at")]
    safe = {f"RenameModel {name}": SAFE for name in RENAMED_MODELS} | {"RenameField accountstate": SAFE}

    operations = [
        *(migrations.RenameModel(old, new) for old, new in RENAMED_MODELS.items()),
        migrations.RenameField("accountstate", "present", "fingerprint"),
        *(
            migrations.RunSQL(
                f"ALTER TABLE history_{model} RENAME CONSTRAINT {old} TO {new}",
                f"ALTER TABLE history_{model} RENAME CONSTRAINT {new} TO {old}",
                state_operations=[
                    migrations.RemoveConstraint(model, old),
                    migrations.AddConstraint(model, models.UniqueConstraint(fields=fields, name=new)),
                ],
            )
            for old, (model, fields, new) in CONSTRAINTS.items()
        ),
        *(migrations.RunSQL(_subjects(old, new), _subjects(new, old)) for old, new in RENAMED.items()),
    ]
