"""The forms by which people attest, and take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import AwsAccount

DAYS_MAX = 3 * 366
"""An attestation is looked at again after three years at the latest."""
DAYS_USUAL = 365


class AttestForm(forms.Form):
    """Where, what was seen, by which evidence, and until when it holds."""

    account = forms.ChoiceField(
        required=False,
        label="Where",
        error_messages={"invalid_choice": "Choose one of these: you may not attest for any other."},
    )
    statement = forms.CharField(
        max_length=2000,
        label="What you saw",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What you looked at, when, and what it was like.",
        error_messages={"required": "Write what you saw, such as: room locked, visitors' log of May complete."},
    )
    reference = forms.CharField(
        max_length=500,
        help_text="A ticket or the address of the evidence, such as SEC-1234 or https://wiki.example.com/audit.",
        error_messages={"required": "Write where the evidence is, such as SEC-1234."},
    )
    valid_until = forms.DateField(
        label="Valid until",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="The last day on which it holds: three years from today at most.",
        error_messages={
            "required": "Write the last day on which it holds, such as 2027-06-30.",
            "invalid": "Write a day as 2027-06-30.",
        },
    )

    def __init__(
        self, accounts: Sequence[AwsAccount], today: date, *args: Any, may_for_all: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.today, self.by_id = today, {one.account_id: one for one in accounts}
        named = [(one.account_id, f"{one.name} ({one.account_id})") for one in accounts]
        where = self.fields["account"]
        if isinstance(where, forms.ChoiceField):
            where.choices = [*([("", "The whole organization")] if may_for_all else []), *named]
        where.required = not may_for_all
        where.error_messages["required"] = "Choose one of your accounts."
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "account" else "form-control"
        self.fields["valid_until"].widget.attrs |= {
            "min": today.isoformat(), "max": (today + timedelta(days=DAYS_MAX)).isoformat(),
        }  # fmt: skip

    @property
    def chosen(self) -> AwsAccount | None:
        """The account that was chosen; None for the whole organization."""
        return self.by_id.get(self.cleaned_data["account"])

    def clean_valid_until(self) -> date:
        """Refuse a day that has gone by, or is too far away."""
        day: date = self.cleaned_data["valid_until"]
        if day < self.today:
            raise ValidationError(f"{day} has gone by. Write today or a later day.")
        if day > self.today + timedelta(days=DAYS_MAX):
            raise ValidationError(f"{day} is too far away. Write a day within three years.")
        return day


class WithdrawForm(forms.Form):
    """Which attestation is taken back, and why."""

    account = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    why = forms.CharField(
        max_length=2000,
        label="Why it is taken back",
        error_messages={"required": "Write why it does not hold any more."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["why"].widget.attrs |= {"class": "form-control", "autocomplete": "off"}
