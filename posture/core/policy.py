"""Resource policies: one canonical form, and what each statement lets whom do.

It reads a policy's own text. Whom it lets in from outside is for `posture.core.iam.outside` to say, and what a service
blocks besides the policy (S3's public access block) for the checks to add.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from posture.core.aws_accounts import LOAD_BALANCER_LOGS
from posture.core.conditions import Condition
from posture.core.gap import GapReason
from posture.core.values import Unknown, well_formed
from posture.core.wildcards import covers, fixed_start, has_wildcard, may_overlap

EVERYONE = "*"
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
_ACCOUNT = re.compile(r"(?:arn:[^:]*:(?:iam|sts)::)?(\d{12})(?::.*)?", re.DOTALL)
_PROVIDER = re.compile(r"arn:[^:]{1,32}:iam::(\d{12}):(?:saml|oidc)-provider/.*", re.DOTALL)
_DELETED = re.compile(r"A(?:ID|RO|GP)A[A-Z0-9]{12,60}")
"""A user's, role's or group's unique id, which AWS shows in the place of one that was deleted: it lets in nobody."""
_ORIGIN_ACCESS = re.compile(r"arn:[^:]{1,32}:iam::cloudfront:user/.*", re.DOTALL)
"""CloudFront's own user, by which it reads for one distribution."""

# AWS's widest limits are 40,000 characters (an Organization's resource policy), 32 KB (a KMS key's), 20 KB (a
# bucket's) and 6,144 characters (an IAM policy); the longest ARN has 2,048. No real policy comes near these bounds.
MAX_CHARACTERS = 100_000
MAX_DEPTH = 20
"""Levels of JSON; a condition's value is on the seventh."""
MAX_STATEMENTS = 1_000
MAX_VALUES = 10_000
"""Texts in a document: principals, actions, resources and what conditions ask for."""
MAX_PATTERN_CHARACTERS = 4_096
MAX_WILDCARDS = 256
"""Wildcards in one pattern."""
MAX_COMPARED_CHARACTERS = 20_000_000
"""Characters of what is allowed, times the patterns of what is denied, but for those with one star at the end."""


class PolicyError(ValueError):
    """A text is no policy document, or one beyond the bounds.

    `code` says which, as AWS's error codes do.
    """

    def __init__(self, message: str, code: str = "MalformedPolicyDocument") -> None:
        super().__init__(message)
        self.code = code


class Principal(NamedTuple):
    """Who a statement speaks of: `kind` is AWS, Service, Federated or CanonicalUser."""

    kind: str
    value: str

    @property
    def account_id(self) -> str | None:
        """The account that an AWS principal or identity provider names, if any."""
        pattern = {"AWS": _ACCOUNT, "Federated": _PROVIDER}.get(self.kind)
        match = pattern.fullmatch(self.value) if pattern else None
        return match[1] if match else None

    @property
    def is_everyone(self) -> bool:
        """Return True for the wildcard, of whatever kind."""
        return self.value == EVERYONE

    def stranger(self, own: Container[str]) -> str | None:
        """Return what to call a principal outside the account; None for any other.

        `own` holds the account's id and canonical user id. What cannot be read is a stranger: not to know who it
        is makes it nobody's own. Services are none, since they act for whoever the conditions name.
        """
        if self.account_id:
            is_ours = self.account_id in own or self.account_id in LOAD_BALANCER_LOGS
            return None if is_ours else f"account {self.account_id}"
        if self.kind == "Service" or (self.kind == "AWS" and _is_nobody(self.value)) or self.value in own:
            return None
        noun = {"CanonicalUser": "canonical user", "Federated": "users of"}.get(self.kind, "principal")
        return f"{noun} {self.value}"


_ANYONE = Principal("AWS", EVERYONE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy, with its place in the document."""

    index: int
    sid: str
    allows: bool
    principals: tuple[Principal, ...]
    not_principals: tuple[Principal, ...]
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: tuple[Condition, ...]

    def path(self, element: str = "", root: str = "Policy") -> str:
        """Return the evidence path of the statement, or of one of its elements."""
        place = f"{root}.Statement[{self.index}]"
        return f"{place}.{element}" if element else place

    @property
    def who(self) -> str:
        """The name of the element that says who: Principal or NotPrincipal."""
        return "NotPrincipal" if self.not_principals else "Principal"

    @property
    def label(self) -> str:
        """What people call the statement: its Sid, else its number counted from one."""
        return f"“{self.sid}”" if self.sid else f"number {self.index + 1}"

    @property
    def names_everyone(self) -> bool:
        """Whether the statement is about any AWS principal, or about all but some."""
        return bool(self.not_principals) or any(principal.is_everyone for principal in self.principals)

    def does(self, action: str) -> bool:
        """Whether the statement is about an action (`s3:PutObject`), or a pattern."""
        if self.not_actions:
            return not any(may_overlap(spared.lower(), action.lower()) for spared in self.not_actions)
        return any(covers(pattern.lower(), action.lower()) for pattern in self.actions)

    def touches(self, actions: Iterable[str]) -> tuple[str, ...]:
        """Return those of the actions which the statement speaks of."""
        return tuple(action for action in actions if self.does(action))

    def on(self, resource: str) -> bool:
        """Whether the statement is about a resource ARN, or pattern of ARNs.

        A policy without a Resource element (as some services allow) speaks of its own resource.
        """
        if self.not_resources:
            return not any(may_overlap(spared, resource) for spared in self.not_resources)
        return not self.resources or any(covers(pattern, resource) for pattern in self.resources)

    def strangers(self, *own: str) -> tuple[str, ...]:
        """Return what to call the named strangers, sorted; `own` are the account's ids."""
        return tuple(sorted(filter(None, {principal.stranger(own) for principal in self.principals})))


@dataclass(frozen=True)
class Policy:
    """A resource policy, parsed."""

    statements: tuple[Statement, ...]

    @property
    def allows(self) -> Iterator[Statement]:
        """The statements that allow."""
        return (statement for statement in self.statements if statement.allows)

    @property
    def denies(self) -> Iterator[Statement]:
        """The statements that deny."""
        return (statement for statement in self.statements if not statement.allows)

    def denies_plain_http(self, resources: Sequence[str], service: str = "s3") -> set[str]:
        """Return those of the resource ARNs for which every action of a service needs TLS."""
        return {
            resource
            for resource in resources
            for statement in self.denies
            if _ANYONE in statement.principals
            and statement.does(f"{service}:*")
            and statement.on(resource)
            and statement.conditions
            and all(_means_plain_http(condition) for condition in statement.conditions)
        }


def canonical(document: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy in canonical form: lists sorted, `"*"` as `{"AWS": ["*"]}`.

    Statements keep their order, since people count them; every other order carries no meaning.
    Raises ValueError (`PolicyError` or the JSON decoder's) for what is not a policy document, or one beyond the bounds.
    """
    tree = load(document) if isinstance(document, str) else document
    if not isinstance(tree, Mapping):
        raise PolicyError("the policy is not a JSON object")
    if not isinstance(document, str):
        _refuse_large(tree)
    statements = _many(tree.get("Statement"))
    if len(statements) > MAX_STATEMENTS:
        raise PolicyError(f"the policy has more than {MAX_STATEMENTS} statements", "PolicyTooLarge")
    if not all(isinstance(statement, Mapping) for statement in statements):
        raise PolicyError("a statement of the policy is not a JSON object")
    read = [_canonical_statement(statement) for statement in statements]
    _refuse_complex(read)
    return {**tree, "Statement": read}


def load(text: str) -> Any:
    """Return a document's JSON; raises ValueError if malformed or beyond the bounds."""
    if len(text) > MAX_CHARACTERS:
        raise PolicyError(f"the document has more than {MAX_CHARACTERS} characters", "PolicyTooLarge")
    try:
        tree = json.loads(text)
    except RecursionError as error:
        raise PolicyError("the document is nested too deeply", "PolicyTooDeep") from error
    _refuse_large(tree)
    return well_formed(tree)


def document(text: str | Unknown | None, action: str) -> dict[str, Any] | Unknown | None:
    """Return the canonical form of AWS's policy; absent and unknown stay so.

    A text that is no policy is `Unknown`, named after the IAM `action` that read it; so is one beyond the bounds.
    """
    if text is None or isinstance(text, Unknown):
        return text
    try:
        return canonical(text)
    except (ValueError, TypeError) as error:
        return unreadable(action, error)


def unreadable(action: str, error: Exception) -> Unknown:
    """Return what is kept of a document that could not be read, with why."""
    code = error.code if isinstance(error, PolicyError) else "MalformedPolicyDocument"
    return Unknown(action, code, GapReason.BAD_ANSWER)


def parse(tree: Mapping[str, Any]) -> Policy:
    """Parse a policy's tree, canonical or not."""
    return Policy(tuple(_statement(index, raw) for index, raw in enumerate(_many(tree.get("Statement")))))


def _canonical_statement(raw: Mapping[str, Any]) -> dict[str, Any]:
    readers: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(_LISTS, _texts),
        **dict.fromkeys(_PRINCIPALS, _canonical_principal),
        "Condition": _canonical_condition,
    }
    return {key: readers[key](value) if key in readers else value for key, value in raw.items()}


def _canonical_principal(raw: Any) -> dict[str, list[str]]:
    if isinstance(raw, Mapping):
        return {str(kind): _texts(values) for kind, values in raw.items()}
    return {"AWS": _texts(raw)}


def _canonical_condition(raw: Any) -> dict[str, dict[str, list[str]]]:
    if not isinstance(raw, Mapping) or not all(isinstance(keys, Mapping) for keys in raw.values()):
        raise PolicyError("a condition of the policy does not map operators to keys and values")
    return {operator: {key: _texts(values) for key, values in keys.items()} for operator, keys in raw.items()}


def _is_nobody(value: str) -> bool:
    """Return True for a deleted AWS principal, and for CloudFront's own user."""
    return any(pattern.fullmatch(value) for pattern in (_DELETED, _ORIGIN_ACCESS))


def _statement(index: int, raw: Mapping[str, Any]) -> Statement:
    return Statement(
        index=index,
        sid=str(raw.get("Sid") or ""),
        allows=str(raw.get("Effect", "")).lower() == "allow",
        principals=_principals(raw.get("Principal")),
        not_principals=_principals(raw.get("NotPrincipal")),
        actions=tuple(_texts(raw.get("Action"))),
        not_actions=tuple(_texts(raw.get("NotAction"))),
        resources=tuple(_texts(raw.get("Resource"))),
        not_resources=tuple(_texts(raw.get("NotResource"))),
        conditions=tuple(_conditions(raw.get("Condition"))),
    )


def _principals(raw: Any) -> tuple[Principal, ...]:
    if raw is None:
        return ()
    return tuple(Principal(kind, value) for kind, values in _canonical_principal(raw).items() for value in values)


def _conditions(raw: Any) -> Iterator[Condition]:
    for operator, keys in (raw or {}).items():
        for key, values in keys.items():
            yield Condition(operator, key, tuple(_texts(values)))


def _means_plain_http(condition: Condition) -> bool:
    operator = condition.operator.lower().removesuffix("ifexists")
    return (
        operator in {"bool", "stringequals", "stringequalsignorecase"}
        and condition.key.lower() == "aws:securetransport"
        and {value.lower() for value in condition.values} == {"false"}
    )


def _refuse_large(tree: Any) -> None:
    """Raise `PolicyError` for more levels, texts or characters than real trees have."""
    level, depth, values, characters = [tree], 0, 0, 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise PolicyError(f"the document has more than {MAX_DEPTH} levels", "PolicyTooDeep")
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                values += 1
                characters += len(value)
            elif isinstance(value, dict):
                characters += sum(map(len, value))
                below += value.values()
            elif isinstance(value, list | tuple):
                below += value
            elif isinstance(value, Mapping):
                below.append(dict(value))
        if values > MAX_VALUES or characters > MAX_CHARACTERS or len(below) > MAX_CHARACTERS:
            raise PolicyError("the document is larger than AWS allows", "PolicyTooLarge")
        level = below


def _refuse_complex(statements: Sequence[Mapping[str, Any]]) -> None:
    """Raise `PolicyError` for canonical statements that take too long to compare."""
    texts, patterns = set[str](), set[str]()
    for statement in statements:
        is_allow = str(statement.get("Effect", "")).lower() == "allow"
        for key in _LISTS:
            for text in statement.get(key) or ():
                if has_wildcard(text) and (
                    len(text) > MAX_PATTERN_CHARACTERS or text.count("*") + text.count("?") > MAX_WILDCARDS
                ):
                    raise PolicyError("a pattern of the policy is longer than any that AWS takes", "PolicyTooComplex")
                if is_allow:
                    texts.add(text)
                elif key.startswith("Not") or (has_wildcard(text) and text != f"{fixed_start(text)}*"):
                    patterns.add(text)
    if sum(map(len, texts)) * len(patterns) > MAX_COMPARED_CHARACTERS:
        raise PolicyError("the policy has too many patterns to compare", "PolicyTooComplex")


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _texts(value: Any) -> list[str]:
    return sorted({_text(item) for item in _many(value)})


def _text(value: Any) -> str:
    # JSON's true is IAM's "true".
    return str(value).lower() if isinstance(value, bool) else str(value)
