"""What admins change of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms

from accounts.models import AwsAccount

# Django's forms take a type argument only in type checking.
if TYPE_CHECKING:
    OfAccount = forms.ModelForm[AwsAccount]
else:
    OfAccount = forms.ModelForm


class WeightForm(OfAccount):
    """How much the account counts in means."""

    class Meta:
        model = AwsAccount
        fields = ("weight",)
        help_texts: ClassVar = {
            "weight": "Its share in the means over accounts: 1 is usual, 0 leaves it out, 100 is most."
        }
        widgets: ClassVar = {
            "weight": forms.NumberInput(attrs={"class": "form-control", "step": "any", "min": 0, "max": 100})
        }
