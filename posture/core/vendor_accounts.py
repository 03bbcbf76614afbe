"""AWS accounts of vendors, from which their products read customers' accounts.

Each is from the vendor's own documentation or deployment code, as of 2026-12-01. A name here says whose account
it is, and nothing about whether anybody still needs the trust.
"""

from __future__ import annotations

VENDORS = {
    "057012691312": "Aqua CloudSploit",  # github.com/aquasecurity/cloudsploit, docs/notes.md
    "232136659152": "Prowler Cloud",  # github.com/prowler-cloud/prowler, permissions/templates/cloudformation
    "253490767857": "New Relic",  # docs.newrelic.com, Workflow Automation, Set up AWS IAM role
    "414351767826": "Databricks",  # github.com/databricks/terraform-provider-databricks, aws_assume_role_policy
    "434813966438": "Lacework",  # github.com/lacework/terraform-aws-iam-role, variables.tf
    "464622532012": "Datadog",  # docs.datadoghq.com, The AWS Integration with Terraform
    "834469178297": "Fivetran",  # fivetran.com/docs, AWS CloudWatch Setup Guide
    "922761411349": "Spot by NetApp",  # github.com/spotinst/terraform-spotinst-aws-connect, main.tf
    "926226587429": "Sumo Logic",  # github.com/SumoLogic/sumologic-documentation, Automation Service, AWS
}
"""Names of vendors by account."""


def named(account_id: str) -> str:
    """Return an account's id, with the vendor's name where it is one of a vendor."""
    vendor = VENDORS.get(account_id)
    return f"{account_id} ({vendor})" if vendor else account_id
