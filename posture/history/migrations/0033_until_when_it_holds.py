"""Keeps until when checks say the same of what stands as it stood: a sweep before that need not judge it by the clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0032_by_which_scheme")]

    operations = [
        migrations.AddField(
            "accountstate",
            "holds_until",
            models.DateTimeField(
                null=True,
                help_text="Until when checks say the same of the same resources; not known where it is empty.",
            ),
        ),
    ]
