"""Keeps how many resources of each type stand in an account: to count a million versions at each snapshot's end is dear."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0033_until_when_it_holds")]

    operations = [
        migrations.AddField(
            "accountstate",
            "types",
            models.JSONField(
                null=True, help_text="How many resources of each type stand; empty where not counted yet."
            ),
        ),
    ]
