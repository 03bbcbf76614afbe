"""How often a person wants the digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django import forms

from posture.pages.drift.models import DigestChoice

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[DigestChoice]
else:
    ModelForm = forms.ModelForm


class DigestForm(ModelForm):
    """A person's own choice."""

    class Meta:
        model = DigestChoice
        fields: ClassVar = ["every"]
        widgets: ClassVar = {"every": forms.Select(attrs={"class": "form-select"})}
        labels: ClassVar = {"every": "The drift digest by mail"}
        help_texts: ClassVar = {"every": "A week's comes on the Monday after it, a month's on the first of the next."}
