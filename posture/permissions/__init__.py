"""The least role that works: IAM actions, their policies, and its deployment.

Everything follows from what collectors declare: adding one adds its actions to the role's policies, to
their version and to the templates, and nothing here has to be touched.
"""

from posture.permissions.actions import DISCOVERY_ACTIONS, ENGINE_ACTIONS, management_actions, member_actions
from posture.permissions.kubernetes import access_entry_command, aws_auth_entry, cluster_role
from posture.permissions.policies import (
    MANAGED_POLICY_LIMIT,
    VERSION_TAG,
    policy_name,
    policy_version,
    size,
    split_policies,
)
from posture.permissions.session import session_policies, session_policy
from posture.permissions.template import RoleSpec, management_template, member_template, trust_policy

__all__ = [
    "DISCOVERY_ACTIONS",
    "ENGINE_ACTIONS",
    "MANAGED_POLICY_LIMIT",
    "VERSION_TAG",
    "RoleSpec",
    "access_entry_command",
    "aws_auth_entry",
    "cluster_role",
    "management_actions",
    "management_template",
    "member_actions",
    "member_template",
    "policy_name",
    "policy_version",
    "session_policies",
    "session_policy",
    "size",
    "split_policies",
    "trust_policy",
]
