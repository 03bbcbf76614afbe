"""Remembers which organization a person looked at last."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_whose_role_and_rotation")]

    operations = [
        migrations.AddField(
            "user",
            "last_organization",
            models.ForeignKey(
                db_index=False,
                editable=False,
                help_text="The one that the person chose last: pages without one in their URL show it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.organization",
            ),
        ),
    ]
