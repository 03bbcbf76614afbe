"""Gives a database of the release before its new names.

Tables, columns and values are renamed; a new database has the names already.
"""

from django.db import migrations

TABLES = {
    "history_journal": "history_eventlog",
    "history_journalmonth": "history_eventlogmonth",
    "history_living": "history_intervallog",
    "history_livingmonth": "history_intervallogmonth",
}
INDEXES = {
    "a_journal_once": "one_event_log",
    "a_month_of_a_journal_once": "one_event_log_month",
    "living_once": "one_interval_log",
    "a_month_of_living_once": "one_interval_log_month",
} | {f"{old}_pkey": f"{new}_pkey" for old, new in TABLES.items()}
SEQUENCES = {f"{old}_id_seq": f"{new}_id_seq" for old, new in TABLES.items()}
SUBJECTS = {"places": "resources", "happenings": "findings"}

COLUMN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM information_schema.columns WHERE table_schema = current_schema()
               AND table_name = 'history_accountstate' AND column_name = '{0}') THEN
        ALTER TABLE history_accountstate RENAME COLUMN {0} TO {1};
    END IF;
END $$
"""
CHECKS = """
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
        WHERE contype = 'c' AND connamespace = current_schema()::regnamespace AND starts_with(conname, '{0}_')
    LOOP
        EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', each.of, each.conname,
                       replace(each.conname, '{0}_', '{1}_'));
    END LOOP;
END $$
"""
SUBJECT = """
DELETE FROM {table} WHERE subject = '{new}' AND EXISTS (SELECT FROM {table} WHERE subject = '{old}');
UPDATE {table} SET subject = '{new}' WHERE subject = '{old}'
"""


def _renaming() -> list[tuple[str, str]]:
    return [
        (f"ALTER {kind} IF EXISTS {old} RENAME TO {new}", f"ALTER {kind} IF EXISTS {new} RENAME TO {old}")
        for kind, names in (("TABLE", TABLES), ("INDEX", INDEXES), ("SEQUENCE", SEQUENCES))
        for old, new in names.items()
    ]


def _subjects() -> list[tuple[str, str]]:
    return [
        (SUBJECT.format(table=new_table, old=old, new=new), SUBJECT.format(table=new_table, old=new, new=old))
        for new_table in ("history_eventlog", "history_eventlogmonth")
        for old, new in SUBJECTS.items()
    ]


class Migration(migrations.Migration):
    dependencies = [("history", "0001_squashed_0038_retry_at")]

    operations = [
        *(migrations.RunSQL(forwards, backwards) for forwards, backwards in _renaming()),
        *(migrations.RunSQL(CHECKS.format(old, new), CHECKS.format(new, old)) for old, new in TABLES.items()),
        migrations.RunSQL(COLUMN.format("present", "fingerprint"), COLUMN.format("fingerprint", "present")),
        *(migrations.RunSQL(forwards, backwards) for forwards, backwards in _subjects()),
    ]
