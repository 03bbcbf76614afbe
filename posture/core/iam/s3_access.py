"""Amazon S3's own rules besides policies: access control lists and public access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from posture.core.iam.logic import Truth, all_of, certain, negated
from posture.core.iam.principals import Caller, CallerKind
from posture.core.values import Unknown

_GROUPS = "http://acs.amazonaws.com/groups/global/"
ALL_USERS, AUTHENTICATED_USERS = f"{_GROUPS}AllUsers", f"{_GROUPS}AuthenticatedUsers"
_LIST = {"s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads"}
_GRANTS = {
    "READ": _LIST,
    "WRITE": {"s3:putobject"},
    "READ_ACP": {"s3:getbucketacl"},
    "WRITE_ACP": {"s3:putbucketacl"},
    "FULL_CONTROL": {*_LIST, "s3:putobject", "s3:getbucketacl", "s3:putbucketacl"},
}
"""The actions that a permission in a bucket's ACL grants; objects have ACLs of their own."""
REPAIRS = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})
"""What root may always do to its bucket's policy, whatever that policy denies."""


@dataclass(frozen=True, slots=True)
class AclGrant:
    """One grant of an ACL, and whether it counts for a caller."""

    path: str
    truth: Truth


@dataclass(frozen=True, slots=True)
class S3Access:
    """The effective settings of a bucket: its own and its account's joined."""

    acl: Sequence[Any] | Unknown = ()
    """The grants of the bucket's ACL, as AWS gives them."""
    owner: str = ""
    """The canonical user id of the bucket's account."""
    acls_disabled: Truth = False
    """Whether the bucket owner is enforced as owner of all objects."""
    ignores_public_acls: Truth = False
    restricts_public_buckets: Truth = False

    def acl_grants(self, caller: Caller, action: str) -> Iterator[AclGrant]:
        """Yield the grants of the bucket's ACL that may allow a caller an action."""
        if self.acls_disabled is True:
            return
        if isinstance(self.acl, Unknown):
            # One more grant than none may be there.
            yield AclGrant("s3.acl", None)
            return
        for index, grant in enumerate(self.acl):
            if action not in _GRANTS.get(grant["Permission"], ()):
                continue
            truth = all_of((self._names(grant["Grantee"], caller), negated(self.acls_disabled)))
            if truth is not False:
                yield AclGrant(f"s3.acl[{index}]", truth)

    def _names(self, grantee: Any, caller: Caller) -> Truth:
        uri = grantee.get("URI")
        if uri == ALL_USERS:
            return negated(self.ignores_public_acls)
        if uri == AUTHENTICATED_USERS:
            return negated(self.ignores_public_acls) if caller.has_identity else False
        grantee_id = grantee.get("ID")
        if not grantee_id or grantee_id == self.owner or not caller.has_identity:
            # The owner's own grant is no more than its account may do anyway.
            return False
        return certain(caller.canonical_user in {"", grantee_id}, is_certain=bool(caller.canonical_user))

    def shuts_out(self, caller: Caller, *, is_same_account: bool, is_public: Truth) -> Truth:
        """Return whether RestrictPublicBuckets shuts out a caller.

        A public policy then lets in only services and the bucket's own account.
        """
        if caller.kind is CallerKind.SERVICE or (is_same_account and caller.has_identity):
            return False
        return all_of((self.restricts_public_buckets, is_public))
