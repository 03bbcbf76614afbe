"""What is asked: an action, and a resource by its ARN."""

from __future__ import annotations

import re

from django import forms

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")


class AccessForm(forms.Form):
    """An action and a resource."""

    action = forms.CharField(
        label="Action",
        max_length=200,
        strip=True,
        help_text="As policies name it, such as s3:GetObject",
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )
    resource = forms.CharField(
        label="Resource",
        max_length=2_048,
        strip=True,
        help_text="The ARN of a resource or of an object in it, such as arn:aws:s3:::records/2026/may.csv",
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_action(self) -> str:
        """Refuse what is no IAM action."""
        action: str = self.cleaned_data["action"]
        if not _ACTION.fullmatch(action):
            raise forms.ValidationError("Write one IAM action, such as s3:GetObject.")
        return action

    def clean_resource(self) -> str:
        """Refuse what is no ARN."""
        arn: str = self.cleaned_data["resource"]
        if not arn.startswith("arn:"):
            raise forms.ValidationError("Write an ARN, such as arn:aws:s3:::records.")
        return arn
