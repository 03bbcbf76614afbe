"""Keeps by which classification an account was judged last: one that changes while a snapshot runs has no one date."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0031_findings_by_region_in_the_journal")]

    operations = [
        migrations.AddField(
            "accountstate",
            "scheme",
            # A worker of the release before, should one still run, enters accounts without it.
            models.BinaryField(
                default=b"", db_default=b"", help_text="Digest of how data was classified for that result."
            ),
        ),
    ]
