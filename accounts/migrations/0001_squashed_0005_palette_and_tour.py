"""Creates users, organizations, units and accounts."""

import accounts.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_whose_role_and_rotation"),
        ("accounts", "0003_last_organization"),
        ("accounts", "0004_visits"),
        ("accounts", "0005_palette_and_tour"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="AwsAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account_id",
                    models.CharField(
                        max_length=12,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A\\d{12}\\Z", "An AWS account id has twelve digits, as 123456789012."
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=128)),
                ("email", models.CharField(blank=True, max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING_ACTIVATION", "Pending activation"),
                            ("ACTIVE", "Active"),
                            ("SUSPENDED", "Suspended"),
                            ("PENDING_CLOSURE", "Pending closure"),
                            ("CLOSED", "Closed"),
                        ],
                        default="ACTIVE",
                        max_length=20,
                    ),
                ),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "weight",
                    models.FloatField(
                        default=1.0,
                        help_text="Its share in means over accounts.",
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(100.0),
                        ],
                    ),
                ),
                ("tags", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["name", "account_id"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "role",
                    models.CharField(
                        choices=[("admin", "Admin"), ("executive", "Executive"), ("owner", "Account owner")],
                        default="owner",
                        max_length=16,
                    ),
                ),
                (
                    "has_shortcuts",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Whether single keys are shortcuts on this person's pages.",
                    ),
                ),
                ("tour_dismissed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "recent_entries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=160),
                        db_default=models.Value(
                            [],
                            output_field=django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=160), size=None
                            ),
                        ),
                        default=list,
                        editable=False,
                        help_text="What the person opened last from the palette, as its sources write it: resource:12.",
                        size=None,
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", accounts.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("joined", "Joined the organization"),
                            ("moved", "Moved to another unit"),
                            ("renamed", "Renamed"),
                            ("suspended", "Suspended"),
                            ("reinstated", "Active again"),
                            ("closed", "Closed"),
                            ("left", "Left the organization"),
                        ],
                        max_length=16,
                    ),
                ),
                ("before", models.CharField(blank=True, max_length=500)),
                ("after", models.CharField(blank=True, max_length=500)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="accounts.awsaccount"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("organization", "AWS Organization"), ("account", "Single AWS account")],
                        default="organization",
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Being onboarded"), ("connected", "Connected"), ("paused", "Paused")],
                        default="draft",
                        max_length=16,
                    ),
                ),
                ("partition", models.CharField(default="aws", max_length=16)),
                (
                    "organization_id",
                    models.CharField(blank=True, help_text="As o-a1b2c3d4e5; filled in on connection.", max_length=34),
                ),
                (
                    "root_account_id",
                    models.CharField(
                        help_text="The management account, or a delegated administrator; or the single account.",
                        max_length=12,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A\\d{12}\\Z", "An AWS account id has twelve digits, as 123456789012."
                            )
                        ],
                        verbose_name="account id",
                    ),
                ),
                (
                    "role_name",
                    models.CharField(
                        default="PlumblineReadOnly",
                        max_length=64,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[\\w+=,.@/-]{1,64}\\Z",
                                "A role name has up to 64 letters, digits and +=,.@-_/ (with its path, if it has one).",
                            )
                        ],
                    ),
                ),
                (
                    "role_origin",
                    models.CharField(
                        choices=[
                            ("template", "Plumbline's template made it"),
                            ("own", "It is one of our own, such as an auditor's role"),
                        ],
                        default="template",
                        help_text="The sessions of a role of your own are narrowed by AWS's SecurityAudit and ViewOnlyAccess: what these leave out is shown as not seen.",
                        max_length=16,
                        verbose_name="whose role it is",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(default=accounts.models.new_external_id, editable=False, max_length=128),
                ),
                (
                    "next_external_id",
                    models.CharField(
                        blank=True,
                        editable=False,
                        help_text="Takes the place of the other when rotation is completed.",
                        max_length=128,
                    ),
                ),
                (
                    "trusted_principal",
                    models.CharField(
                        blank=True,
                        help_text="The ARN of the role or user that the workers run as; the role in each account trusts it alone.",
                        max_length=2048,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\Aarn:aws[\\w-]*:iam::\\d{12}:(role|user)/[\\w+=,.@/-]+\\Z",
                                "Write the ARN of an IAM role or user, as arn:aws:iam::123456789012:role/plumbline.",
                            )
                        ],
                        verbose_name="Plumbline's own identity",
                    ),
                ),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), blank=True, default=list, size=None
                    ),
                ),
                (
                    "sweep_every_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="0 sweeps only on demand.",
                        validators=[django.core.validators.MaxValueValidator(720)],
                    ),
                ),
                (
                    "classification_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=128), blank=True, default=list, size=None
                    ),
                ),
                (
                    "sensitive_values",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=128), blank=True, default=list, size=None
                    ),
                ),
                ("is_simulated", models.BooleanField(default=False, editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partition", "root_account_id"), name="one_organization_per_root_account"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConnectionTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "steps",
                    models.JSONField(
                        default=list, help_text="What was tried: name, ok, detail and remedy of each step."
                    ),
                ),
                ("succeeded", models.BooleanField(null=True)),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="connection_tests",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["-requested_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="awsaccount",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="accounts", to="accounts.organization"
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="last_organization",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                help_text="The one that the person chose last: pages without one in their URL show it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.CreateModel(
            name="OrganizationalUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ou_id", models.CharField(max_length=68)),
                ("name", models.CharField(max_length=128)),
                (
                    "path",
                    models.CharField(
                        db_index=True,
                        help_text="Ids from the root down to this unit: /r-ab12/ou-ab12-1/.",
                        max_length=500,
                    ),
                ),
                ("gone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="units", to="accounts.organization"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="accounts.organizationalunit",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.AddField(
            model_name="awsaccount",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="accounts",
                to="accounts.organizationalunit",
            ),
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ownerships",
                        to="accounts.awsaccount",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ownerships",
                        to="accounts.organizationalunit",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ownerships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(help_text="The last look of the visit that goes on.")),
                (
                    "previous_at",
                    models.DateTimeField(help_text="The last look of the visit before, if any.", null=True),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="organizationalunit",
            constraint=models.UniqueConstraint(fields=("organization", "ou_id"), name="one_row_per_unit"),
        ),
        migrations.AddConstraint(
            model_name="awsaccount",
            constraint=models.UniqueConstraint(fields=("organization", "account_id"), name="one_row_per_aws_account"),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(("account__isnull", False), ("unit__isnull", False), _connector="XOR"),
                name="owns_an_account_or_a_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.UniqueConstraint(fields=("user", "account"), name="owns_an_account_once"),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.UniqueConstraint(fields=("user", "unit"), name="owns_a_unit_once"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(fields=("user", "organization"), name="one_visit_per_organization"),
        ),
    ]
