"""The form that sets a parameter for an organization or a unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Organization, OrganizationalUnit
from posture.core.parameters import Parameter, ParameterError

TYPED_LENGTH_MAX = 10_000
INDENT = "\N{NO-BREAK SPACE}" * 3


class SettingForm(forms.Form):
    """Where a value holds, and the value."""

    unit = forms.ChoiceField(
        required=False,
        label="Where",
        help_text="It holds for every account below. The nearest unit with a value of its own decides.",
        error_messages={"invalid_choice": "This unit is not there any more: choose another."},
    )
    value = forms.CharField(
        max_length=TYPED_LENGTH_MAX,
        required=False,
        error_messages={"max_length": f"Write at most {TYPED_LENGTH_MAX:,} characters."},
    )

    def __init__(
        self,
        parameter: Parameter[Any],
        organization: Organization,
        units: Sequence[OrganizationalUnit],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.parameter, self.by_id = parameter, {one.ou_id: one for one in units}
        where, value = self.fields["unit"], self.fields["value"]
        if isinstance(where, forms.ChoiceField):
            named = ((one.ou_id, f"{INDENT * (one.path.count('/') - 2)}{one.name}") for one in units)
            where.choices = [("", f"The whole organization ({organization.name})"), *named]
        where.widget.attrs["class"] = "form-select"
        if parameter.kind.is_list:
            value.widget = forms.Textarea(attrs={"rows": 3})
        value.label, value.help_text = parameter.title, parameter.bounds
        value.widget.attrs |= {"class": "form-control", "autocomplete": "off"}

    @property
    def chosen(self) -> OrganizationalUnit | None:
        """The unit that was chosen; None for the organization."""
        return self.by_id.get(self.cleaned_data["unit"])

    def clean_value(self) -> Any:
        """Read the value as the parameter does."""
        if "reset" in self.data:
            return None
        try:
            value = self.parameter.parse(self.cleaned_data["value"])
        except ParameterError as error:
            raise ValidationError(str(error)) from error
        return list(value) if isinstance(value, tuple) else value
