"""Users, organizations, organizational units, AWS accounts and who owns which.

Credentials are never stored: the database knows a role's name and an external id, no key.
"""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone

account_id_validator = RegexValidator(r"\A\d{12}\Z", "An AWS account id has twelve digits, as 123456789012.")
role_name_validator = RegexValidator(
    r"\A[\w+=,.@/-]{1,64}\Z", "A role name has up to 64 letters, digits and +=,.@-_/ (with its path, if it has one)."
)
principal_validator = RegexValidator(
    r"\Aarn:aws[\w-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+\Z",
    "Write the ARN of an IAM role or user, as arn:aws:iam::123456789012:role/plumbline.",
)


def new_external_id() -> str:
    """Return an external id that cannot be guessed: 192 random bits."""
    return f"plumbline-{secrets.token_hex(24)}"


class Role(models.TextChoices):
    """What a person may do."""

    ADMIN = "admin", "Admin"
    EXECUTIVE = "executive", "Executive"
    OWNER = "owner", "Account owner"


class UserManager(DjangoUserManager["User"]):
    """Create superusers as admins: `manage.py createsuperuser` makes the first."""

    def create_superuser(self, username: str, *args: Any, **kwargs: Any) -> User:
        kwargs.setdefault("role", Role.ADMIN)
        return super().create_superuser(username, *args, **kwargs)


class User(AbstractUser):
    """A person who logs in.

    Admins onboard, executives read everything, owners see what they own.
    """

    role = models.CharField(max_length=16, choices=Role, default=Role.OWNER)
    last_organization = models.ForeignKey(
        "Organization",
        models.SET_NULL,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        help_text="The one that the person chose last: pages without one in their URL show it.",
    )
    has_shortcuts = models.BooleanField(
        default=True, db_default=True, help_text="Whether single keys are shortcuts on this person's pages."
    )
    tour_dismissed_at = models.DateTimeField(null=True, editable=False)
    recent_entries = ArrayField(
        models.CharField(max_length=160),
        default=list,
        db_default=Value([], output_field=ArrayField(models.CharField(max_length=160))),
        editable=False,
        help_text="What the person opened last from the palette, as its sources write it: resource:12.",
    )

    objects: ClassVar[UserManager] = UserManager()

    @property
    def is_admin(self) -> bool:
        """Return True if the person may onboard organizations and change settings."""
        return self.role == Role.ADMIN

    @property
    def sees_everything(self) -> bool:
        """Return True if the person may read every account."""
        return self.role in {Role.ADMIN, Role.EXECUTIVE}


class Organization(models.Model):
    """An AWS Organization in one partition, or a single AWS account outside of one."""

    class Kind(models.TextChoices):
        """What is swept."""

        ORGANIZATION = "organization", "AWS Organization"
        ACCOUNT = "account", "Single AWS account"

    class State(models.TextChoices):
        """How far onboarding got."""

        DRAFT = "draft", "Being onboarded"
        CONNECTED = "connected", "Connected"
        PAUSED = "paused", "Paused"

    class RoleOrigin(models.TextChoices):
        """Whose role it is, and so by which policies its sessions are narrowed."""

        TEMPLATE = "template", "Plumbline's template made it"
        OWN = "own", "It is one of our own, such as an auditor's role"

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.ORGANIZATION)
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    partition = models.CharField(max_length=16, default="aws")
    organization_id = models.CharField(max_length=34, blank=True, help_text="As o-a1b2c3d4e5; filled in on connection.")
    root_account_id = models.CharField(
        "account id",
        max_length=12,
        validators=[account_id_validator],
        help_text="The management account, or a delegated administrator; or the single account.",
    )
    role_name = models.CharField(max_length=64, default="PlumblineReadOnly", validators=[role_name_validator])
    role_origin = models.CharField(
        "whose role it is",
        max_length=16,
        choices=RoleOrigin,
        default=RoleOrigin.TEMPLATE,
        help_text="The sessions of a role of your own are narrowed by AWS's SecurityAudit and ViewOnlyAccess: what "
        "these leave out is shown as not seen.",
    )
    external_id = models.CharField(max_length=128, default=new_external_id, editable=False)
    next_external_id = models.CharField(
        max_length=128, blank=True, editable=False, help_text="Takes the place of the other when rotation is completed."
    )
    trusted_principal = models.CharField(
        "Plumbline's own identity",
        max_length=2048,
        blank=True,
        validators=[principal_validator],
        help_text="The ARN of the role or user that the workers run as; the role in each account trusts it alone.",
    )
    regions = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    sweep_every_hours = models.PositiveSmallIntegerField(
        default=24, validators=[MaxValueValidator(720)], help_text="0 sweeps only on demand."
    )
    classification_keys = ArrayField(models.CharField(max_length=128), default=list, blank=True)
    sensitive_values = ArrayField(models.CharField(max_length=128), default=list, blank=True)
    is_simulated = models.BooleanField(default=False, editable=False)
    """Whether it is the demo's: its story is swept week by week, and the schedule takes over from the end of that."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partition", "root_account_id"], name="one_organization_per_root_account"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def role_session(self) -> str:
        """The role's name without its path, as sessions show it."""
        return self.role_name.rsplit("/", 1)[-1]

    def role_arn(self, account_id: str) -> str:
        """Return the ARN of the role to assume in one of its accounts."""
        return f"arn:{self.partition}:iam::{account_id}:role/{self.role_name.lstrip('/')}"


class ParameterSetting(models.Model):
    """A value that somebody set for a parameter of checks, or a reset.

    Rows are never changed: the latest of an organization or unit is what holds.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="parameter_settings")
    unit = models.ForeignKey(
        "OrganizationalUnit",
        models.CASCADE,
        null=True,
        related_name="parameter_settings",
        help_text="Where it holds, with everything below; null for the whole organization.",
    )
    name = models.CharField(max_length=64)
    before = models.JSONField(null=True, help_text="What was set here before; null where nothing was.")
    value = models.JSONField(null=True, help_text="Null resets: the unit above decides, or the default.")
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    changed_by_name = models.CharField(max_length=150, help_text="Kept when the person is deleted.")

    class Meta:
        ordering: ClassVar = ["-changed_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "name", "unit", "-changed_at"], name="latest_parameter_setting"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.unit or self.organization}: {self.value}"


class ConnectionTest(models.Model):
    """One attempt to reach an organization's account.

    A worker makes it, so that pages never call AWS.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="connection_tests")
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True)
    requested_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    steps = models.JSONField(default=list, help_text="What was tried: name, ok, detail and remedy of each step.")
    succeeded = models.BooleanField(null=True)

    class Meta:
        ordering: ClassVar = ["-requested_at", "-pk"]

    def __str__(self) -> str:
        return f"Connection test of {self.organization}"


class OrganizationalUnit(models.Model):
    """An OU, or the root, of an Organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="units")
    ou_id = models.CharField(max_length=68)
    name = models.CharField(max_length=128)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    path = models.CharField(
        max_length=500, db_index=True, help_text="Ids from the root down to this unit: /r-ab12/ou-ab12-1/."
    )
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "ou_id"], name="one_row_per_unit"),
        ]

    def __str__(self) -> str:
        return self.name


class AwsAccount(models.Model):
    """An AWS account, known since it was first discovered and kept after it left."""

    class State(models.TextChoices):
        """Organizations' `State`; only ACTIVE accounts are swept."""

        PENDING_ACTIVATION = "PENDING_ACTIVATION", "Pending activation"
        ACTIVE = "ACTIVE", "Active"
        SUSPENDED = "SUSPENDED", "Suspended"
        PENDING_CLOSURE = "PENDING_CLOSURE", "Pending closure"
        CLOSED = "CLOSED", "Closed"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="accounts")
    account_id = models.CharField(max_length=12, validators=[account_id_validator])
    name = models.CharField(max_length=128)
    email = models.CharField(max_length=254, blank=True)
    unit = models.ForeignKey(OrganizationalUnit, models.SET_NULL, null=True, blank=True, related_name="accounts")
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    weight = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(100.0)],
        help_text="Its share in means over accounts.",
    )
    tags = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "account_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "account_id"], name="one_row_per_aws_account"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.account_id})"

    @property
    def is_swept(self) -> bool:
        """Return True if sweeps read the account: it is active and has not left."""
        return self.state == self.State.ACTIVE and self.left_at is None


class ConnectedCluster(models.Model):
    """An EKS cluster whose objects are read, since an admin has said so.

    A cluster without a row is never asked.
    """

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="connected_clusters")
    arn = models.CharField("ARN", max_length=256)
    connected_at = models.DateTimeField(default=timezone.now)
    connected_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    connected_by_name = models.CharField(max_length=150, help_text="Kept when the person is deleted.")

    class Meta:
        ordering: ClassVar = ["arn"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "arn"], name="a_cluster_connected_once"),
        ]

    def __str__(self) -> str:
        return self.arn


class AccountEvent(models.Model):
    """Something that happened to an AWS account as a whole."""

    class Kind(models.TextChoices):
        """What happened."""

        JOINED = "joined", "Joined the organization"
        MOVED = "moved", "Moved to another unit"
        RENAMED = "renamed", "Renamed"
        SUSPENDED = "suspended", "Suspended"
        REINSTATED = "reinstated", "Active again"
        CLOSED = "closed", "Closed"
        LEFT = "left", "Left the organization"

    account = models.ForeignKey(AwsAccount, models.CASCADE, related_name="events")
    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=16, choices=Kind)
    before = models.CharField(max_length=500, blank=True)
    after = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_kind_display()}"


class Ownership(models.Model):
    """A person owns an AWS account, or a unit with everything below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="ownerships")
    account = models.ForeignKey(AwsAccount, models.CASCADE, null=True, blank=True, related_name="ownerships")
    unit = models.ForeignKey(OrganizationalUnit, models.CASCADE, null=True, blank=True, related_name="ownerships")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(account__isnull=False) ^ Q(unit__isnull=False), name="owns_an_account_or_a_unit"
            ),
            models.UniqueConstraint(fields=["user", "account"], name="owns_an_account_once"),
            models.UniqueConstraint(fields=["user", "unit"], name="owns_a_unit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} owns {self.account or self.unit}"


class Visit(models.Model):
    """When a person last looked at an organization's overview.

    What is new is counted from the visit before.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(help_text="The last look of the visit that goes on.")
    previous_at = models.DateTimeField(null=True, help_text="The last look of the visit before, if any.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "organization"], name="one_visit_per_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.organization}, {self.seen_at}"


class Attestation(models.Model):
    """What a person confirms of what no API reports, or that they take it back.

    Rows are never changed: the latest of a subject, for the organization or an account, is what holds.
    """

    class Kind(models.TextChoices):
        """What was done."""

        ATTESTED = "attested", "Attested"
        WITHDRAWN = "withdrawn", "Withdrawn"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="attestations")
    account = models.ForeignKey(
        AwsAccount,
        models.CASCADE,
        null=True,
        related_name="attestations",
        help_text="The account that it is about; null for the whole organization.",
    )
    subject = models.CharField(max_length=120, help_text="What is attested, as cis_aws_7:2.1.4.")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.ATTESTED)
    statement = models.TextField(help_text="What was seen, or why it is taken back.")
    reference = models.CharField(max_length=500, blank=True, help_text="A ticket or an address, as it was typed.")
    valid_until = models.DateField(null=True, help_text="The last day on which it holds; null where it is withdrawn.")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_by_name = models.CharField(max_length=150, help_text="Kept when the person is deleted.")

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "subject", "account", "-made_at"], name="latest_attestation"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="withdrawn") ^ Q(valid_until__isnull=False), name="attested_until_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.account or self.organization}: {self.get_kind_display()}"
