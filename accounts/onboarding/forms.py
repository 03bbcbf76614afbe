"""Forms for onboarding, organization settings and account owners."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import (
    AwsAccount,
    Organization,
    OrganizationalUnit,
    Ownership,
    Role,
    User,
    account_id_validator,
)
from accounts.onboarding.widgets import ManyCheckboxes

# Django's forms take a type argument in the type checker's eyes alone.
if TYPE_CHECKING:
    OfOrganization = forms.ModelForm[Organization]
    OfUser = forms.ModelForm[User]
else:
    OfOrganization = OfUser = forms.ModelForm

REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-\d{1,2}")

PARTITIONS = [
    ("aws", "AWS (commercial regions)"),
    ("aws-us-gov", "AWS GovCloud (US)"),
    ("aws-cn", "AWS China"),
    ("aws-eusc", "AWS European Sovereign Cloud"),
]


SCHEDULE_LABEL: dict[str, str] = {"sweep_every_hours": "Hours between sweeps"}
SCHEDULE_HELP: dict[str, str] = {"sweep_every_hours": "24 sweeps once a day, 0 only on demand; 720 at most."}

EXAMPLES: dict[str, str] = {
    "name": "Write a name that people here know, such as Northwind.",
    "root_account_id": "Write the twelve digits of the account, such as 123456789012.",
    "role_name": "Write the role's name, such as PlumblineReadOnly.",
    "trusted_principal": "Write the ARN that the workers run as, such as arn:aws:iam::123456789012:role/plumbline.",
    "sweep_every_hours": "Write a whole number of hours, such as 24; 0 sweeps only on demand.",
    "username": "Write a user name, such as anna.meyer.",
    "role": "Choose what the person may do, such as Account owner.",
    "password": "Write a password of at least 12 characters, such as four unrelated words.",
}
"""What an empty or unreadable field is answered with: what to write, with an example."""


def add_bootstrap_classes(form: forms.BaseForm) -> None:
    """Give every control its class, and its errors an example of what to write."""
    form.label_suffix = ""
    for name, example in EXAMPLES.items():
        if name in form.fields:
            messages = form.fields[name].error_messages
            messages |= {key: example for key in ("required", "invalid") if key == "required" or key in messages}
    classes = {"checkbox": "form-check-input", "select": "form-select"}
    for field in form.fields.values():
        kind = getattr(field.widget, "input_type", "")
        # A class on a group of buttons would land on the box around them as well.
        if not isinstance(field.widget, forms.RadioSelect):
            field.widget.attrs["class"] = classes.get(kind, "form-control")


class WordsField(forms.CharField):
    """A list typed with commas, spaces or lines between its words.

    Cleans to a list without doubles.
    """

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list as one line."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Split what was typed."""
        return list(dict.fromkeys(word for word in re.split(r"[,\s]+", str(value or "")) if word))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as lists."""
        return bool(list(initial or []) != self.to_python(data))


class OrganizationForm(OfOrganization):
    """Step one: which organization or account, by which role, where and how often."""

    partition = forms.ChoiceField(choices=PARTITIONS, initial="aws")
    root_account_id = forms.CharField(
        max_length=24,
        label="Account id",
        help_text="The management account, or a delegated administrator; or the single account.",
    )
    regions = WordsField(
        required=False,
        help_text="Such as eu-central-1, us-east-1. Empty sweeps every region that an account has enabled.",
    )

    class Meta:
        model = Organization
        fields: ClassVar = [
            "name",
            "kind",
            "partition",
            "root_account_id",
            "role_name",
            "role_origin",
            "trusted_principal",
            "regions",
            "sweep_every_hours",
        ]
        labels = SCHEDULE_LABEL
        help_texts = SCHEDULE_HELP
        widgets: ClassVar = {"kind": forms.RadioSelect, "role_origin": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trusted_principal"].required = True
        add_bootstrap_classes(self)

    def clean_root_account_id(self) -> str:
        """Take the id as people paste it, with dashes or spaces."""
        account_id = re.sub(r"[\s-]", "", self.cleaned_data["root_account_id"])
        account_id_validator(account_id)
        return account_id

    def clean_regions(self) -> list[str]:
        """Refuse what cannot be a region's name."""
        regions: list[str] = self.cleaned_data["regions"]
        wrong = [region for region in regions if not REGION.fullmatch(region)]
        if wrong:
            raise ValidationError(f"{', '.join(wrong)}: not a region's name. Write, for example, eu-central-1.")
        return regions


class SettingsForm(OfOrganization):
    """What may be changed of a connected organization."""

    regions = OrganizationForm.base_fields["regions"]
    classification_keys = WordsField(
        required=False,
        help_text="Tag keys that classify data, such as data-classification. Empty takes the usual ones.",
    )
    sensitive_values = WordsField(
        required=False,
        help_text="Values of these tags that mean sensitive data, such as confidential. Empty takes the usual ones.",
    )

    class Meta:
        model = Organization
        fields: ClassVar = [
            "name",
            "role_origin",
            "regions",
            "sweep_every_hours",
            "classification_keys",
            "sensitive_values",
        ]
        labels = SCHEDULE_LABEL
        help_texts = SCHEDULE_HELP
        widgets: ClassVar = {"role_origin": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_bootstrap_classes(self)

    clean_regions = OrganizationForm.clean_regions


def is_last_admin(user: User) -> bool:
    """Return True where nobody else could change anything any more."""
    return not User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk).exists()


class PersonForm(OfUser):
    """A person, what they may do and what they own."""

    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Empty keeps the current one.",
    )
    accounts = forms.ModelMultipleChoiceField(
        AwsAccount.objects.none(),
        required=False,
        label="Owns AWS accounts",
        widget=ManyCheckboxes(noun="accounts"),
    )
    units = forms.ModelMultipleChoiceField(
        OrganizationalUnit.objects.none(),
        required=False,
        label="Owns units, with everything below them",
        widget=ManyCheckboxes(noun="units"),
    )

    class Meta:
        model = User
        fields: ClassVar = ["username", "first_name", "last_name", "email", "role"]
        help_texts: ClassVar = {
            "username": "Letters, digits and @ . + - _",
            "email": "For the drift digest, such as anna.meyer@example.com.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_bootstrap_classes(self)
        accounts = AwsAccount.objects.filter(left_at=None).order_by("name")
        units = OrganizationalUnit.objects.filter(gone_at=None).order_by("path")
        self._choices("accounts").queryset = accounts.only("name", "account_id")
        self._choices("units").queryset = units.only("name")
        if not self.instance.pk:
            self.fields["password"].required = True
            self.fields["password"].help_text = "At least 12 characters. Give it to the person; they can change it."
        else:
            owned = Ownership.objects.filter(user=self.instance)
            self.initial["accounts"] = [row.account_id for row in owned if row.account_id]
            self.initial["units"] = [row.unit_id for row in owned if row.unit_id]

    def _choices(self, name: str) -> forms.ModelMultipleChoiceField[Any]:
        field = self.fields[name]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - narrows the type
        return field

    def clean_password(self) -> str:
        """Hold the password to the site's rules."""
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any] | None:
        """Never let the last admin lock everybody out."""
        cleaned = super().clean()
        was_admin = User.objects.filter(pk=self.instance.pk, role=Role.ADMIN, is_active=True).exists()
        if was_admin and self.cleaned_data.get("role") != Role.ADMIN and is_last_admin(self.instance):
            self.add_error("role", "This is the only admin: make somebody else an admin first.")
        return cleaned

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        """Save the person, the password if one was typed, and what they own."""
        user = super().save(commit=False)
        if self.cleaned_data["password"]:
            user.set_password(self.cleaned_data["password"])
        if commit:
            user.save()
            self._save_ownerships(user)
        return user

    def _save_ownerships(self, user: User) -> None:
        Ownership.objects.filter(user=user).delete()
        owned = [Ownership(user=user, account=account) for account in self.cleaned_data["accounts"]]
        owned += [Ownership(user=user, unit=unit) for unit in self.cleaned_data["units"]]
        Ownership.objects.bulk_create(owned)
