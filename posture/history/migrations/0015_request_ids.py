"""Keeps AWS's name for the request behind a gap, which its support asks for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0014_populations")]

    operations = [
        migrations.AddField(
            "gaprecord",
            "request_id",
            models.CharField(
                max_length=128,
                blank=True,
                db_default="",
                help_text="AWS's name for the request that the error and message answer; empty where AWS gave none.",
            ),
        ),
    ]
