"""The linter of migrations: what it refuses and accepts, and that ours are safe."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now

from posture.history.ingest.bulk import fetch
from posture.history.management.commands.lint_migrations import complaints_of
from posture.history.migration_operations import AddIndexByPartition
from posture.history.models import ScopePracticePoint
from posture.history.upkeep import retention, upgrades
from tests.history import world
from tests.history.world import bucket, day, gap, sweep, volume


def complaints(*chosen: Operation, **attributes: Any) -> list[str]:
    kind = type("Migration", (migrations.Migration,), {"operations": list(chosen), **attributes})
    migration = kind("0002", "history")
    state = ProjectState()
    fields: list[tuple[str, Any]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=10, null=True)),
        ("size", models.IntegerField()),
    ]
    state.add_model(ModelState("history", "Filled", fields))
    return list(complaints_of(migration, state))


def add(field: models.Field[Any, Any]) -> Operation:
    return migrations.AddField("filled", "more", field)


INDEX = models.Index(fields=["size"], name="by_size")
UNSAFE = [
    (migrations.RunPython(lambda *_: None), "cannot be reversed"),
    (migrations.RunSQL("SELECT 1"), "cannot be reversed"),
    (migrations.AddIndex("filled", INDEX), "AddIndexConcurrently"),
    (AddIndexConcurrently("filled", INDEX), "atomic = False"),
    (migrations.AddConstraint("filled", models.UniqueConstraint(fields=["size"], name="once")), "nobody may write"),
    (migrations.RemoveField("filled", "size"), "still run"),
    (migrations.DeleteModel("Filled"), "still run"),
    (migrations.RenameField("filled", "size", "length"), "still run"),
    (add(models.IntegerField()), "no value for the rows"),
    (add(models.IntegerField(default=0, db_index=True)), "builds an index"),
    (add(models.DateTimeField(db_default=Now())), "rewrites"),
    (migrations.AlterField("filled", "size", models.TextField()), "rewrites"),
    (migrations.AlterField("filled", "name", models.CharField(max_length=5, null=True)), "rewrites"),
    (migrations.AlterField("filled", "name", models.CharField(max_length=10)), "refuses null"),
]
SAFE = [
    migrations.RunPython(lambda *_: None, migrations.RunPython.noop),
    migrations.RunSQL("SELECT 1", migrations.RunSQL.noop),
    add(models.IntegerField(default=0)),
    add(models.IntegerField(null=True)),
    add(models.TextField(blank=True)),
    migrations.AlterField("filled", "name", models.CharField(max_length=99, null=True)),
    migrations.AlterField("filled", "name", models.TextField(null=True)),
]


@pytest.mark.parametrize(("operation", "why"), UNSAFE, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_unsafe_on_a_filled_table_is_refused_with_its_cure(operation: Operation, why: str) -> None:
    (complaint,) = complaints(operation)
    assert why in complaint


@pytest.mark.parametrize("operation", SAFE, ids=lambda each: type(each).__name__)
def test_what_is_safe_passes(operation: Operation) -> None:
    assert complaints(operation) == []


def test_a_table_that_is_new_may_be_indexed_in_any_way() -> None:
    new = migrations.CreateModel("Filled", [("id", models.BigAutoField(primary_key=True))])
    assert complaints(new, migrations.AddIndex("filled", models.Index(fields=["id"], name="by_id"))) == []


def test_a_concurrent_index_passes_where_the_migration_is_not_one_transaction() -> None:
    assert complaints(AddIndexConcurrently("filled", INDEX), atomic=False) == []


def test_a_reason_lets_an_operation_pass_and_no_other() -> None:
    chosen = migrations.AddIndex("filled", INDEX), migrations.RemoveField("filled", "size")
    (complaint,) = complaints(*chosen, safe={"AddIndex filled": "It has a row an account."})
    assert complaint.startswith("RemoveField filled")


def test_our_migrations_are_safe() -> None:
    call_command("lint_migrations", verbosity=0)


REPLACED = {
    "accounts": """
        0001_initial
        0002_whose_role_and_rotation
        0003_last_organization
        0004_visits
        0005_palette_and_tour
    """,
    "drift": """
        0001_digests
        0002_both_digests
    """,
    "history": """
        0001_initial
        0002_store
        0003_cost_of_a_sweep
        0004_causes_of_a_score
        0005_rules_of_accounts
        0006_dictionaries
        0007_coverage_through_time
        0008_parameters
        0009_worst_first_and_ever_unseen
        0010_findings_in_the_order_of_an_index
        0011_oldest_open_and_how_episodes_ended
        0012_changes_newest_first
        0013_journal
        0014_populations
        0015_request_ids
        0016_what_stands_in_one_value
        0017_what_no_page_asks_for
        0018_resources_by_name
        0019_resources_by_words
        0020_counts_of_whole_months
        0021_past_dates_by_index
        0022_living
        0023_names_in_order
        0024_held_from_the_journal
        0025_names_before
        0026_what_was_done
        0027_findings_of_resources_by_index
        0028_practices_in_the_journal
        0029_regions_in_the_journal
        0030_tags_of_past_dates_by_index
        0031_findings_by_region_in_the_journal
        0032_by_which_scheme
        0033_until_when_it_holds
        0034_how_many_of_each_type
        0035_words_are_merged_by_the_vacuum
        0036_tallies_in_their_places
        0037_field_gaps
        0038_retry_at
    """,
}
"""Migrations of the last release before they were squashed, by application."""
ADDED = ("manifests",)
"""Applications that the last release did not have."""
SQUASHED = {
    "accounts": "0001_squashed_0005_palette_and_tour",
    "drift": "0001_squashed_0002_both_digests",
    "history": "0001_squashed_0038_retry_at",
}


@pytest.mark.django_db
def test_a_database_of_the_release_before_has_the_squashed_migrations() -> None:
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app__in=[*SQUASHED, *ADDED]).delete()
    for app, names in REPLACED.items():
        for name in names.split():
            recorder.record_applied(app, name)

    executor = MigrationExecutor(connection)
    targets = [key for key in executor.loader.graph.leaf_nodes() if key[0] in SQUASHED]
    due = [f"{migration.app_label}.{migration.name}" for migration, _ in executor.migration_plan(targets)]
    later = [f"{app}.{name}" for app, name in executor.loader.disk_migrations if SQUASHED.get(app, name) != name]
    assert "history.0039_event_and_interval_logs" in later
    assert sorted(due) == sorted(later)
    executor.loader.check_consistent_history(connection)


@pytest.mark.django_db
@pytest.mark.parametrize("app", SQUASHED)
def test_a_database_of_an_older_release_is_refused(app: str) -> None:
    recorder, names = MigrationRecorder(connection), REPLACED[app].split()
    recorder.migration_qs.filter(app=app).delete()
    for name in names[:-1]:
        recorder.record_applied(app, name)
    with pytest.raises(SystemCheckError, match=rf"lacks the migration {app}\.{names[-1]}"):
        call_command("migrate", verbosity=0, skip_checks=False)
    recorder.record_applied(app, names[-1])
    assert upgrades.check_squashed_migrations(["default"]) == []


VIEWS = {
    "history_resource_record": "valid_from",
    "history_finding_record": "opened_at",
    "history_tally_record": "valid_from",
}


def contents() -> list[list[tuple[Any, ...]]]:
    """Return which versions, episodes and tallies there are, and from when to when."""
    ends = {"opened_at": "closed_at", "valid_from": "valid_to"}
    return [
        fetch(f"SELECT id, account_id, {since}, {ends[since]} FROM {view} ORDER BY 1, 3", [])  # noqa: S608 - constants
        for view, since in VIEWS.items()
    ]


def indexes() -> list[tuple[Any, ...]]:
    """Return the history's indexes, partitions included, and whether each is valid."""
    return fetch(
        "SELECT i.indrelid::regclass::text, regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .* ON', 'INDEX ON'),"
        "       i.indisvalid, h.inhparent::regclass::text"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid"
        " WHERE c.relname LIKE 'history%%' AND c.relkind IN ('r', 'p') ORDER BY 1, 2",
        [],
    )


@pytest.mark.django_db(transaction=True)
def test_a_filled_database_goes_back_and_comes_again() -> None:
    account = world.account(world.organization())
    for number in range(0, 70, 7):  # in three months
        held = [bucket(f"b{one}", Public=(number + one) % 3 == 0) for one in range(number % 4)]
        sweep(account, day(number), [*held, volume("v", Encrypted=number % 2 == 0)], [gap()] if number == 21 else [])
    before, built = contents(), indexes()
    assert all(any(end for *_, end in rows) for rows in before)  # something was closed of each
    assert all(is_valid for _, _, is_valid, _ in built)
    try:
        call_command("migrate", "history", SQUASHED["history"], verbosity=0)
        assert contents() == before
        assert all(is_valid for _, _, is_valid, _ in indexes())
        assert indexes() != built
    finally:
        call_command("migrate", "history", verbosity=0)
    assert contents() == before
    assert indexes() == built  # by whatever name a partition's own index goes
    assert sweep(account, day(77), [volume("v", Encrypted=False)]).applied


@pytest.mark.django_db
def test_a_practice_with_nothing_to_judge_loses_the_score_it_was_given() -> None:
    acme = world.organization()
    for passed in (0, 3):
        ScopePracticePoint.objects.create(
            organization=acme, practice_id="data", at=day(passed), low=100, high=100, passed=passed
        )
    loader = MigrationLoader(None)
    (operation,) = loader.disk_migrations["history", "0041_practices_without_score"].operations
    with connection.schema_editor() as editor:
        operation.database_forwards("history", editor, loader.project_state(), loader.project_state())
    scores = ScopePracticePoint.objects.order_by("at").values_list("passed", "low", "high")
    assert [*scores] == [(0, None, None), (3, 100, 100)]


@pytest.mark.django_db(transaction=True)
def test_an_index_is_added_to_each_partition_of_a_filled_table() -> None:
    account = world.account(world.organization())
    for number in (0, 20, 40):  # in two months
        sweep(account, day(number), [bucket("b", Public=number == 20)])
    operation = AddIndexByPartition("closedversion", models.Index(fields=["name"], name="by_name"))
    before, state = indexes(), MigrationLoader(None).project_state()
    state_with = state.clone()
    operation.state_forwards("history", state_with)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("history", editor, state, state_with)
    added = [index for index in indexes() if index not in before]
    assert len(added) == 1 + len(retention.months("history_version_closed"))
    assert all(is_valid for _, _, is_valid, _ in added)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("history", editor, state_with, state)
    assert indexes() == before
