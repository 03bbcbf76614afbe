"""Keeps from when on an account that failed is taken up again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0037_field_gaps")]

    operations = [
        migrations.AddField(
            "accountsweep",
            "retry_at",
            models.DateTimeField(blank=True, help_text="It failed, and is not taken up again before.", null=True),
        ),
    ]
