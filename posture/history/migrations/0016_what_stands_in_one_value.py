"""Keeps what stands in an account in one value beside its state; it is filled by the next sweep that brings news."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0015_request_ids")]

    operations = [
        migrations.AddField(
            model_name="accountstate",
            name="present",
            field=models.BinaryField(
                default=b"", help_text="What stands after that result, packed by posture.history.ingest.fingerprint."
            ),
        ),
        # Digests do not compress: keep PostgreSQL from trying.
        migrations.RunSQL(
            'ALTER TABLE "history_accountstate" ALTER COLUMN "present" SET STORAGE EXTERNAL',
            migrations.RunSQL.noop,
        ),
    ]
