"""Creates the store: tables, partitions, views, and what Django lacks."""

from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import posture.history.models.periods
from django.conf import settings
from django.db import migrations, models

from posture.history.migration_operations import CreatePartitionedModel, CreateTrigramExtension

PARTS = Path(__file__).with_name("sql")
STORE = [
    ((PARTS / f"{name}.sql").read_text(encoding="utf-8"), backwards)
    for name, backwards in (
        ("accounts_cascade", migrations.RunSQL.noop),
        ("storage", migrations.RunSQL.noop),
        ("sequences", "DROP SEQUENCE history_version_ids; DROP SEQUENCE history_episode_ids"),
        ("history_since", "DROP FUNCTION history_since(tstzmultirange, timestamptz)"),
        ("history_resource_record", "DROP VIEW history_resource_record"),
        ("history_finding_record", "DROP VIEW history_finding_record"),
        ("history_tally_record", "DROP VIEW history_tally_record"),
        ("history_any_gap", "DROP VIEW history_any_gap"),
    )
]


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("history", "0001_initial"),
        ("history", "0002_store"),
        ("history", "0003_cost_of_a_sweep"),
        ("history", "0004_causes_of_a_score"),
        ("history", "0005_rules_of_accounts"),
        ("history", "0006_dictionaries"),
        ("history", "0007_coverage_through_time"),
        ("history", "0008_parameters"),
        ("history", "0009_worst_first_and_ever_unseen"),
        ("history", "0010_findings_in_the_order_of_an_index"),
        ("history", "0011_oldest_open_and_how_episodes_ended"),
        ("history", "0012_changes_newest_first"),
        ("history", "0013_journal"),
        ("history", "0014_populations"),
        ("history", "0015_request_ids"),
        ("history", "0016_what_stands_in_one_value"),
        ("history", "0017_what_no_page_asks_for"),
        ("history", "0018_resources_by_name"),
        ("history", "0019_resources_by_words"),
        ("history", "0020_counts_of_whole_months"),
        ("history", "0021_past_dates_by_index"),
        ("history", "0022_living"),
        ("history", "0023_names_in_order"),
        ("history", "0024_held_from_the_journal"),
        ("history", "0025_names_before"),
        ("history", "0026_what_was_done"),
        ("history", "0027_findings_of_resources_by_index"),
        ("history", "0028_practices_in_the_journal"),
        ("history", "0029_regions_in_the_journal"),
        ("history", "0030_tags_of_past_dates_by_index"),
        ("history", "0031_findings_by_region_in_the_journal"),
        ("history", "0032_by_which_scheme"),
        ("history", "0033_until_when_it_holds"),
        ("history", "0034_how_many_of_each_type"),
        ("history", "0035_words_are_merged_by_the_vacuum"),
        ("history", "0036_tallies_in_their_places"),
        ("history", "0037_field_gaps"),
        ("history", "0038_retry_at"),
    ]

    dependencies = [
        ("accounts", "0001_squashed_0005_palette_and_tour"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTrigramExtension(),
        migrations.CreateModel(
            name="AnyGap",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("region", models.CharField(max_length=32)),
                ("resource_type", models.CharField(max_length=128)),
                ("action", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=32)),
                ("blinds", models.BooleanField()),
                ("error", models.TextField()),
                ("message", models.TextField()),
                ("remedy", models.TextField()),
                ("request_id", models.CharField(max_length=128)),
                (
                    "resources",
                    models.PositiveIntegerField(
                        help_text="Number that lack the field; null for a listing, where it is unknown.", null=True
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "history_any_gap",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="CheckCountsRecord",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("check_id", models.CharField(max_length=200)),
                ("check_version", models.PositiveIntegerField()),
                ("severity", models.PositiveSmallIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
                ("passed", models.PositiveIntegerField()),
                ("failed", models.PositiveIntegerField()),
                ("unknown", models.PositiveIntegerField()),
                ("stale", models.PositiveIntegerField()),
                ("accepted", models.PositiveIntegerField()),
                ("not_applicable", models.PositiveIntegerField()),
                ("gap_units", models.PositiveIntegerField()),
            ],
            options={
                "db_table": "history_tally_record",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="FindingRecord",
            fields=[
                ("id", models.BigIntegerField(help_text="Of the episode.", primary_key=True, serialize=False)),
                (
                    "finding_id",
                    models.BigIntegerField(help_text="Of the check on the resource, kept through all episodes."),
                ),
                ("resource_id", models.BigIntegerField()),
                ("resource_arn", models.TextField()),
                ("resource_name", models.TextField()),
                ("resource_type", models.CharField(max_length=128)),
                ("region", models.CharField(max_length=32)),
                ("check_id", models.CharField(max_length=200)),
                ("check_version", models.PositiveIntegerField()),
                ("status", models.CharField(choices=[("fail", "Fail"), ("unknown", "Unknown")], max_length=8)),
                (
                    "severity",
                    models.PositiveSmallIntegerField(choices=[(4, "Critical"), (3, "High"), (2, "Medium"), (1, "Low")]),
                ),
                ("first_opened_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField()),
                ("open_reason", models.CharField(max_length=16)),
                ("closed_at", models.DateTimeField(null=True)),
                ("close_reason", models.CharField(max_length=16)),
                ("reopened", models.PositiveIntegerField(help_text="Episodes of failing before this one.")),
                ("open_stale_since", models.DateTimeField(null=True)),
                ("stale_periods", posture.history.models.periods.PeriodsField(null=True)),
                ("reason", models.TextField()),
                ("evidence", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                (
                    "observed",
                    models.JSONField(help_text="Values of the observed fields that decided, by path.", null=True),
                ),
                (
                    "triage",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("in_progress", "In progress"),
                            ("accepted", "Risk accepted"),
                            ("false_positive", "False positive"),
                        ],
                        max_length=16,
                    ),
                ),
                ("triage_reason", models.TextField()),
                ("triage_expires_at", models.DateTimeField(null=True)),
                ("assignee_id", models.BigIntegerField(null=True)),
                ("assignee_name", models.TextField(help_text="Login of the assignee; empty where nobody is assigned.")),
            ],
            options={
                "db_table": "history_finding_record",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ResourceRecord",
            fields=[
                ("id", models.BigIntegerField(help_text="Of the version.", primary_key=True, serialize=False)),
                ("resource_id", models.BigIntegerField()),
                ("type", models.CharField(max_length=128)),
                ("region", models.CharField(max_length=32)),
                ("arn", models.TextField(verbose_name="ARN")),
                ("name", models.TextField()),
                ("first_seen", models.DateTimeField()),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
                ("ends", models.DateTimeField(help_text="`valid_to`, or infinity for what is current.")),
                (
                    "gone_at",
                    models.DateTimeField(help_text="Set where the version ended because the resource did.", null=True),
                ),
                ("close_reason", models.CharField(max_length=16)),
                ("tags", models.JSONField()),
                ("classification", models.TextField(help_text="Empty where unclassified.")),
                ("hash", models.BinaryField()),
                ("known_hash", models.BinaryField()),
                ("packed_config", models.BinaryField()),
                ("packed_known", models.BinaryField(null=True)),
                ("packed_observed", models.BinaryField(null=True)),
                (
                    "members",
                    models.PositiveIntegerField(help_text="Current number of members of a population.", null=True),
                ),
                ("missed_at", models.DateTimeField(null=True)),
                ("open_unseen_since", models.DateTimeField(null=True)),
                ("unseen_periods", posture.history.models.periods.PeriodsField(null=True)),
            ],
            options={
                "db_table": "history_resource_record",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="AccountState",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.awsaccount",
                    ),
                ),
                ("last_at", models.DateTimeField(null=True)),
                (
                    "digest",
                    models.BinaryField(
                        default=b"", help_text="Of the last result: resources, outcomes, gaps, regions and types."
                    ),
                ),
                (
                    "rules",
                    models.BinaryField(default=b"", help_text="Digest of the rules by which that result was judged."),
                ),
                (
                    "scheme",
                    models.BinaryField(
                        db_default=b"", default=b"", help_text="Digest of the classification scheme of that result."
                    ),
                ),
                (
                    "rerated_at",
                    models.DateTimeField(
                        help_text="When the severity of findings that were open before was last changed.", null=True
                    ),
                ),
                (
                    "settled",
                    models.BooleanField(
                        default=False,
                        help_text="The same result again changes nothing: no resource waits for its second miss.",
                    ),
                ),
                (
                    "holds_until",
                    models.DateTimeField(
                        help_text="Until when equal resources have equal outcomes; null where that is unknown.",
                        null=True,
                    ),
                ),
                (
                    "types",
                    models.JSONField(
                        help_text="Number of present resources by type; null where not counted yet.", null=True
                    ),
                ),
                (
                    "fingerprint",
                    models.BinaryField(
                        default=b"",
                        help_text="What is present after that result, packed by posture.history.ingest.stored_state.",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dictionary",
            fields=[
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        help_text="The byte that values begin with.", primary_key=True, serialize=False
                    ),
                ),
                ("content", models.BinaryField()),
            ],
            options={
                "verbose_name_plural": "dictionaries",
            },
        ),
        migrations.CreateModel(
            name="StoredResource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.BinaryField(help_text="16-byte digest of type and ARN.")),
                ("type", models.CharField(max_length=128)),
                ("region", models.CharField(max_length=32)),
                ("arn", models.TextField()),
                ("name", models.TextField(help_text="As last seen.")),
                (
                    "names_before",
                    models.TextField(db_default="", default="", help_text="Earlier names, one a line; empty for most."),
                ),
                ("first_seen", models.DateTimeField()),
                ("gone_at", models.DateTimeField(null=True)),
                (
                    "missed_at",
                    models.DateTimeField(help_text="Absent from a complete listing once; twice closes it.", null=True),
                ),
                ("unseen_since", models.DateTimeField(help_text="In a gap, or missed, since.", null=True)),
                (
                    "unseen_periods",
                    posture.history.models.periods.PeriodsField(
                        help_text="Earlier periods in which it was unseen.", null=True
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_resource",
            },
        ),
        migrations.CreateModel(
            name="EventLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "piece",
                    models.PositiveIntegerField(help_text="Number of the shard: accounts with neighbouring keys."),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("resources", "Resources by type and region"),
                            ("findings", "Findings by region and reason"),
                            ("endings", "Closed findings"),
                            ("episodes", "Episodes of findings, one by one"),
                            ("tallies", "Check counts"),
                            ("practices", "Practices of accounts"),
                        ],
                        max_length=16,
                    ),
                ),
                ("accounts", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "upto",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), help_text="Of each account.", size=None
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("piece", "subject"), name="one_event_log")],
            },
        ),
        migrations.CreateModel(
            name="EventLogMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("piece", models.PositiveIntegerField()),
                (
                    "subject",
                    models.CharField(
                        choices=[
                            ("resources", "Resources by type and region"),
                            ("findings", "Findings by region and reason"),
                            ("endings", "Closed findings"),
                            ("episodes", "Episodes of findings, one by one"),
                            ("tallies", "Check counts"),
                            ("practices", "Practices of accounts"),
                        ],
                        max_length=16,
                    ),
                ),
                ("month", models.DateTimeField(help_text="Its first instant, in UTC.")),
                ("instants", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                (
                    "counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), help_text="Events at each instant.", size=None
                    ),
                ),
                ("accounts", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "names",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        help_text="Type and region of resources; check, severity, type and region of findings.",
                        size=None,
                    ),
                ),
                (
                    "layout",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), help_text="Name and kind of each column.", size=None
                    ),
                ),
                ("rows", models.PositiveIntegerField()),
                ("columns", models.BinaryField(help_text="The columns, one after the other.")),
                (
                    "totals",
                    models.BinaryField(help_text="Counts of findings' events by account, and by name.", null=True),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("piece", "subject", "month"), name="one_event_log_month")
                ],
            },
        ),
        migrations.CreateModel(
            name="FindingNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("finding_id", models.BigIntegerField(db_index=True)),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("comment", "Comment"),
                            ("state", "Decision"),
                            ("assigned", "Assigned"),
                            ("expired", "Acceptance ended"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.awsaccount"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="IntervalLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "piece",
                    models.PositiveIntegerField(help_text="Number of the shard: accounts with neighbouring keys."),
                ),
                (
                    "subject",
                    models.CharField(choices=[("findings", "Findings"), ("resources", "Resources")], max_length=16),
                ),
                ("accounts", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "upto",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), help_text="Of each account.", size=None
                    ),
                ),
                (
                    "rules",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        help_text="Of each account: digest of the rules that it was judged by.",
                        size=None,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("piece", "subject"), name="one_interval_log")],
            },
        ),
        migrations.CreateModel(
            name="IntervalLogMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("piece", models.PositiveIntegerField()),
                (
                    "subject",
                    models.CharField(choices=[("findings", "Findings"), ("resources", "Resources")], max_length=16),
                ),
                ("month", models.DateTimeField(help_text="Its first instant, in UTC.")),
                ("rows", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("piece", "subject", "month"), name="one_interval_log_month")
                ],
            },
        ),
        migrations.CreateModel(
            name="ParameterVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(help_text="Of the classification scheme.")),
                ("words", models.TextField(help_text="The scheme in words.")),
                ("first_seen", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PracticePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("low", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("practice_id", models.CharField(max_length=64)),
                ("passed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScopePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("low", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("critical", models.PositiveIntegerField(default=0)),
                ("high_open", models.PositiveIntegerField(default=0)),
                ("medium", models.PositiveIntegerField(default=0)),
                ("low_open", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                ("stale", models.PositiveIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("resolved", models.PositiveIntegerField(default=0)),
                ("resources", models.PositiveIntegerField(default=0)),
                (
                    "unseen",
                    models.PositiveIntegerField(
                        default=0, help_text="Known resources that could not be seen, or not as a whole."
                    ),
                ),
                (
                    "empty_gaps",
                    models.PositiveIntegerField(
                        default=0, help_text="Blind account-regions in which no resource is known."
                    ),
                ),
                (
                    "blind_share",
                    models.FloatField(default=0.0, help_text="Share of the resources that could not be seen, 0 to 1."),
                ),
                (
                    "weight",
                    models.FloatField(default=0.0, help_text="Sum of the weights of the accounts that have a score."),
                ),
                ("accounts", models.PositiveIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organizationalunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ScopePracticePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("low", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("practice_id", models.CharField(max_length=64)),
                ("passed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                ("weight", models.FloatField(default=0.0)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organizationalunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("complete", "Complete"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="running",
                        max_length=16,
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("schedule", "Schedule"),
                            ("person", "A person"),
                            ("onboarding", "Onboarding"),
                            ("simulation", "Simulation"),
                        ],
                        max_length=16,
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("title", models.CharField(blank=True, help_text="What a simulation's step is about.", max_length=200)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="accounts.organization",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-as_of", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="AccountSweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being swept"),
                            ("done", "Done"),
                            ("refused", "Role refused"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("skipped", "Not swept"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField(blank=True, help_text="Why it was refused, failed or not swept.")),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                (
                    "retry_at",
                    models.DateTimeField(
                        blank=True, help_text="It failed, and is not retried before this time.", null=True
                    ),
                ),
                ("claimed_by", models.CharField(blank=True, max_length=100)),
                ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("swept_at", models.DateTimeField(blank=True, help_text="When all calls to AWS were done.", null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("calls", models.JSONField(blank=True, default=dict)),
                ("retries", models.PositiveIntegerField(default=0)),
                ("throttles", models.PositiveIntegerField(default=0)),
                (
                    "by_service",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Calls, retries, throttles and seconds of waiting, by service.",
                    ),
                ),
                ("by_region", models.JSONField(blank=True, default=dict, help_text="The same, by region.")),
                (
                    "saved",
                    models.PositiveIntegerField(
                        default=0, help_text="Calls that an answer for the whole Organization replaced."
                    ),
                ),
                ("resource_count", models.PositiveIntegerField(default=0)),
                ("gap_count", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sweeps", to="accounts.awsaccount"
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="account_sweeps",
                        to="history.snapshot",
                    ),
                ),
            ],
            options={
                "ordering": ["account__name"],
            },
        ),
        migrations.CreateModel(
            name="StoredCheckCounts",
            fields=[
                ("check_id", models.CharField(max_length=200)),
                ("check_version", models.PositiveIntegerField()),
                ("severity", models.PositiveSmallIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("passed", models.PositiveIntegerField()),
                ("failed", models.PositiveIntegerField()),
                ("unknown", models.PositiveIntegerField()),
                ("stale", models.PositiveIntegerField()),
                ("accepted", models.PositiveIntegerField()),
                ("not_applicable", models.PositiveIntegerField()),
                ("gap_units", models.PositiveIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "check_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_tally",
            },
        ),
        migrations.CreateModel(
            name="StoredFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("episode_id", models.BigIntegerField()),
                ("resource_id", models.BigIntegerField()),
                ("check_id", models.CharField(max_length=200)),
                ("check_version", models.PositiveIntegerField()),
                ("status", models.CharField(max_length=8)),
                ("severity", models.PositiveSmallIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("open_reason", models.CharField(max_length=16)),
                ("reopened", models.PositiveIntegerField(default=0, help_text="Episodes of failing before this one.")),
                ("stale_since", models.DateTimeField(null=True)),
                ("stale_periods", posture.history.models.periods.PeriodsField(null=True)),
                ("reason", models.TextField()),
                ("evidence", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                (
                    "observed",
                    models.JSONField(help_text="Values of the observed fields that decided, by path.", null=True),
                ),
                ("first_opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_finding",
            },
        ),
        migrations.CreateModel(
            name="Triage",
            fields=[
                ("finding_id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("in_progress", "In progress"),
                            ("accepted", "Risk accepted"),
                            ("false_positive", "False positive"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.awsaccount"
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TypePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("type", models.CharField(max_length=128)),
                ("at", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("unseen", models.PositiveIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("low", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("critical", models.PositiveIntegerField(default=0)),
                ("high_open", models.PositiveIntegerField(default=0)),
                ("medium", models.PositiveIntegerField(default=0)),
                ("low_open", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                ("stale", models.PositiveIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("resolved", models.PositiveIntegerField(default=0)),
                ("resources", models.PositiveIntegerField(default=0)),
                (
                    "unseen",
                    models.PositiveIntegerField(
                        default=0, help_text="Known resources that could not be seen, or not as a whole."
                    ),
                ),
                (
                    "empty_gaps",
                    models.PositiveIntegerField(
                        default=0, help_text="Blind account-regions in which no resource is known."
                    ),
                ),
                (
                    "blind_share",
                    models.FloatField(default=0.0, help_text="Share of the resources that could not be seen, 0 to 1."),
                ),
                (
                    "causes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(),
                        help_text="What each cause has moved the score by since the account's history began: lower and upper end in turn, in the order of posture.core.attribution.Cause. Two points' difference is the bridge between them.",
                        null=True,
                        size=None,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account", "at"), name="account_point")],
            },
        ),
        migrations.CreateModel(
            name="CheckPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("check_id", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("passed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("accounts", models.PositiveIntegerField(default=0, help_text="Accounts in which it fails.")),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "check_id", "at"), name="check_point")],
            },
        ),
        migrations.CreateModel(
            name="CheckVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("check_id", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
                ("first_seen", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organization", "first_seen"], name="rule_changes")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "check_id", "version"), name="a_check_version_once")
                ],
            },
        ),
        CreatePartitionedModel(
            name="ClosedCheckCounts",
            fields=[
                ("check_id", models.CharField(max_length=200)),
                ("check_version", models.PositiveIntegerField()),
                ("severity", models.PositiveSmallIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("passed", models.PositiveIntegerField()),
                ("failed", models.PositiveIntegerField()),
                ("unknown", models.PositiveIntegerField()),
                ("stale", models.PositiveIntegerField()),
                ("accepted", models.PositiveIntegerField()),
                ("not_applicable", models.PositiveIntegerField()),
                ("gap_units", models.PositiveIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "valid_to",
                        "account_id",
                        "check_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("valid_to", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_tally_closed",
                "indexes": [models.Index(fields=["account", "valid_to", "valid_from"], name="closed_tally_by_account")],
            },
        ),
        CreatePartitionedModel(
            name="ClosedEpisode",
            fields=[
                ("episode_id", models.BigIntegerField()),
                ("resource_id", models.BigIntegerField()),
                ("check_id", models.CharField(max_length=200)),
                ("check_version", models.PositiveIntegerField()),
                ("status", models.CharField(max_length=8)),
                ("severity", models.PositiveSmallIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("open_reason", models.CharField(max_length=16)),
                ("reopened", models.PositiveIntegerField(default=0, help_text="Episodes of failing before this one.")),
                ("stale_since", models.DateTimeField(null=True)),
                ("stale_periods", posture.history.models.periods.PeriodsField(null=True)),
                ("reason", models.TextField()),
                ("evidence", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                (
                    "observed",
                    models.JSONField(help_text="Values of the observed fields that decided, by path.", null=True),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "closed_at", "episode_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("finding_id", models.BigIntegerField()),
                ("first_opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField()),
                (
                    "close_reason",
                    models.CharField(
                        choices=[
                            ("changed", "Fixed"),
                            ("deleted", "Resource deleted"),
                            ("rule", "Rule changed"),
                            ("parameter", "Parameter changed"),
                            ("scope", "Left the check's scope"),
                            ("determined", "Became known"),
                            ("folded", "Kept with its group"),
                            ("account_left", "Account left"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_finding_closed",
                "indexes": [
                    models.Index(fields=["finding_id", "closed_at"], name="closed_episode_of_finding"),
                    models.Index(fields=["resource_id"], name="closed_episode_of_resource"),
                    models.Index(
                        fields=["account", "closed_at", "opened_at"],
                        include=("severity", "status", "close_reason", "stale_periods"),
                        name="how_episodes_ended",
                    ),
                    models.Index(
                        fields=["closed_at", "opened_at", "account", "severity"], name="closed_episode_by_end"
                    ),
                    models.Index(fields=["check_id", "closed_at"], name="closed_episode_by_check"),
                    models.Index(fields=["opened_at", "episode_id"], name="newest_closed_episodes"),
                ],
            },
        ),
        CreatePartitionedModel(
            name="ClosedVersion",
            fields=[
                ("type", models.CharField(max_length=128)),
                ("name", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("hash", models.BinaryField(help_text="Of name, configuration and tags.")),
                (
                    "known_hash",
                    models.BinaryField(
                        help_text="Of the same with unknown fields as last known; null where it equals hash.", null=True
                    ),
                ),
                ("config", models.BinaryField(help_text="Packed by posture.history.codec.")),
                (
                    "known",
                    models.BinaryField(help_text="Packed [name, config, tags] that known_hash is of.", null=True),
                ),
                ("tags", models.JSONField()),
                ("classification", models.TextField(default="")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "valid_to", "version_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version_id", models.BigIntegerField()),
                ("resource_id", models.BigIntegerField()),
                ("valid_to", models.DateTimeField()),
                (
                    "close_reason",
                    models.CharField(
                        choices=[
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                            ("folded", "Kept with its group"),
                            ("account_left", "Account left"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_version_closed",
                "indexes": [
                    models.Index(fields=["resource_id", "valid_to"], name="closed_version_of_resource"),
                    models.Index(fields=["account", "valid_to", "valid_from"], name="closed_version_by_account"),
                    models.Index(fields=["valid_to", "valid_from", "account", "type"], name="closed_version_by_end"),
                    models.Index(fields=["valid_from", "version_id", "valid_to"], name="closed_versions_newest_first"),
                    models.Index(fields=["type", "name"], name="closed_versions_by_name"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("tags", "jsonb_path_ops"),
                        name="closed_versions_by_tags",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoveragePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tool", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                ("on", models.PositiveIntegerField(default=0)),
                ("partly", models.PositiveIntegerField(default=0)),
                ("off", models.PositiveIntegerField(default=0)),
                ("unknown", models.PositiveIntegerField(default=0)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("account", "tool", "at"), name="coverage_point")],
            },
        ),
        migrations.CreateModel(
            name="FieldGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(max_length=32)),
                ("resource_type", models.CharField(max_length=128)),
                ("action", models.CharField(max_length=200)),
                ("reason", models.CharField(max_length=32)),
                ("error", models.CharField(max_length=200)),
                ("blinds", models.BooleanField(help_text="The field has a value that was not seen.")),
                ("message", models.TextField(help_text="AWS's error message for one of the resources.")),
                ("remedy", models.TextField()),
                ("request_id", models.CharField(blank=True, max_length=128)),
                ("resources", models.PositiveIntegerField()),
                ("since", models.DateTimeField(help_text="At least one resource has lacked it since.")),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.awsaccount"
                    ),
                ),
            ],
            options={
                "db_table": "history_fieldgap",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("account", "region", "resource_type", "action", "reason", "error"),
                        name="one_current_field_gap",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GapRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", models.CharField(help_text="`*` for every region.", max_length=32)),
                ("resource_type", models.CharField(help_text="`*` for every type.", max_length=128)),
                ("action", models.CharField(max_length=200)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("role_not_assumed", "role_not_assumed"),
                            ("role_policy", "role_policy"),
                            ("permissions_boundary", "permissions_boundary"),
                            ("session_policy", "session_policy"),
                            ("service_control_policy", "service_control_policy"),
                            ("resource_control_policy", "resource_control_policy"),
                            ("resource_policy", "resource_policy"),
                            ("denied", "denied"),
                            ("role_out_of_date", "role_out_of_date"),
                            ("not_opted_in", "not_opted_in"),
                            ("not_offered", "not_offered"),
                            ("service_not_enabled", "service_not_enabled"),
                            ("plan_missing", "plan_missing"),
                            ("throttled", "throttled"),
                            ("credentials_expired", "credentials_expired"),
                            ("timed_out", "timed_out"),
                            ("service_error", "service_error"),
                            ("bad_answer", "bad_answer"),
                            ("unreachable", "unreachable"),
                        ],
                        max_length=32,
                    ),
                ),
                ("blinds", models.BooleanField(help_text="Resources may exist that were not seen.")),
                ("error", models.TextField()),
                ("message", models.TextField()),
                ("remedy", models.TextField()),
                (
                    "request_id",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="AWS's name for the request that the error and message answer; empty where AWS gave none.",
                        max_length=128,
                    ),
                ),
                ("opened_at", models.DateTimeField(db_index=True)),
                ("closed_at", models.DateTimeField(db_index=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.awsaccount"
                    ),
                ),
            ],
            options={
                "db_table": "history_gap",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("account", "region", "resource_type", "action", "reason"),
                        name="one_open_gap",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ObservedFields",
            fields=[
                (
                    "resource",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="history.storedresource",
                    ),
                ),
                ("digest", models.BinaryField()),
                ("observed", models.BinaryField(help_text="Packed by posture.history.codec.")),
                ("members", models.PositiveIntegerField(help_text="Of a population: how many there are.", null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_observed",
            },
        ),
        migrations.CreateModel(
            name="StoredVersion",
            fields=[
                ("type", models.CharField(max_length=128)),
                ("name", models.TextField()),
                ("valid_from", models.DateTimeField()),
                ("hash", models.BinaryField(help_text="Of name, configuration and tags.")),
                (
                    "known_hash",
                    models.BinaryField(
                        help_text="Of the same with unknown fields as last known; null where it equals hash.", null=True
                    ),
                ),
                ("config", models.BinaryField(help_text="Packed by posture.history.codec.")),
                (
                    "known",
                    models.BinaryField(help_text="Packed [name, config, tags] that known_hash is of.", null=True),
                ),
                ("tags", models.JSONField()),
                ("classification", models.TextField(default="")),
                (
                    "resource",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="history.storedresource",
                    ),
                ),
                ("version_id", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.awsaccount",
                    ),
                ),
            ],
            options={
                "db_table": "history_version",
            },
        ),
        migrations.AddIndex(
            model_name="storedresource",
            index=models.Index(fields=["arn"], name="resource_by_arn", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="storedresource",
            index=models.Index(
                condition=models.Q(("unseen_since__isnull", False), ("unseen_periods__isnull", False), _connector="OR"),
                fields=["account"],
                name="resource_ever_unseen",
            ),
        ),
        migrations.AddIndex(
            model_name="storedresource",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper("name"), "gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper("arn"), "gin_trgm_ops"),
                gin_pending_list_limit=16384,
                name="resource_by_words",
            ),
        ),
        migrations.AddIndex(
            model_name="storedresource",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("names_before"), "gin_trgm_ops"
                ),
                condition=models.Q(("names_before", ""), _negated=True),
                name="renamed_by_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedresource",
            constraint=models.UniqueConstraint(fields=("account", "uid"), name="a_resource_once"),
        ),
        migrations.AddConstraint(
            model_name="parameterversion",
            constraint=models.UniqueConstraint(fields=("organization", "first_seen"), name="a_parameter_version_once"),
        ),
        migrations.AddConstraint(
            model_name="practicepoint",
            constraint=models.UniqueConstraint(fields=("account", "practice_id", "at"), name="practice_point"),
        ),
        migrations.AddConstraint(
            model_name="scopepoint",
            constraint=models.UniqueConstraint(
                fields=("organization", "unit", "at"), name="scope_point", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="scopepracticepoint",
            constraint=models.UniqueConstraint(
                fields=("organization", "unit", "practice_id", "at"), name="scope_practice_point", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("organization",), name="one_running_snapshot"
            ),
        ),
        migrations.AddConstraint(
            model_name="accountsweep",
            constraint=models.UniqueConstraint(fields=("snapshot", "account"), name="an_account_once_a_snapshot"),
        ),
        migrations.AddIndex(
            model_name="storedcheckcounts",
            index=models.Index(fields=["check_id"], name="tally_by_check"),
        ),
        migrations.AddIndex(
            model_name="storedcheckcounts",
            index=models.Index(condition=models.Q(("accepted__gt", 0)), fields=["account"], name="tally_with_accepted"),
        ),
        migrations.AddIndex(
            model_name="storedfinding",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["account", "severity", "opened_at"],
                name="oldest_open_first",
            ),
        ),
        migrations.AddIndex(
            model_name="storedfinding",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["check_id", "severity", "opened_at"],
                name="open_by_check",
            ),
        ),
        migrations.AddIndex(
            model_name="storedfinding",
            index=models.Index(
                models.OrderBy(models.F("severity"), descending=True),
                models.OrderBy(models.F("opened_at")),
                condition=models.Q(("closed_at__isnull", True)),
                name="worst_open_first",
            ),
        ),
        migrations.AddIndex(
            model_name="storedfinding",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["opened_at", "episode_id"],
                name="newest_open_findings",
            ),
        ),
        migrations.AddIndex(
            model_name="storedfinding",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("reason"), "gin_trgm_ops"
                ),
                condition=models.Q(("closed_at__isnull", True)),
                gin_pending_list_limit=16384,
                name="open_findings_by_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedfinding",
            constraint=models.UniqueConstraint(
                fields=("resource_id", "check_id"), include=("id",), name="a_finding_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="triage",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__isnull", True), ("state", "accepted"), _connector="OR"),
                name="only_acceptance_expires",
            ),
        ),
        migrations.AddConstraint(
            model_name="typepoint",
            constraint=models.UniqueConstraint(fields=("organization", "type", "at"), name="type_point"),
        ),
        migrations.AddIndex(
            model_name="observedfields",
            index=models.Index(fields=["account"], name="observed_by_account"),
        ),
        migrations.AddIndex(
            model_name="observedfields",
            index=models.Index(condition=models.Q(("members__isnull", False)), fields=["account"], name="populations"),
        ),
        migrations.AddIndex(
            model_name="storedversion",
            index=models.Index(fields=["account", "type"], name="version_by_account"),
        ),
        migrations.AddIndex(
            model_name="storedversion",
            index=models.Index(fields=["type", "account"], name="version_by_type"),
        ),
        migrations.AddIndex(
            model_name="storedversion",
            index=models.Index(fields=["type", "name", "resource"], name="named_versions"),
        ),
        migrations.AddIndex(
            model_name="storedversion",
            index=models.Index(fields=["valid_from", "version_id"], name="newest_versions"),
        ),
        migrations.AddIndex(
            model_name="storedversion",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["tags"], gin_pending_list_limit=16384, name="versions_by_tags"
            ),
        ),
        *(migrations.RunSQL(forwards, backwards) for forwards, backwards in STORE),
    ]
