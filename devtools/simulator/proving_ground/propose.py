"""Propose what to change in an account so that a check has a case there.

`python -m devtools.simulator.proving_ground.propose [CHECK …]` writes changes to `cases/` for checks that find no
resource that fails, or none that passes: values of the check's own examples, and others of the fields that
decide, are tried in AWS's answers until the check, asked through the collector, says what is wanted. Read what it
writes: any answer that leads there will do for it.
"""

from __future__ import annotations

import copy
import json
import logging
import sys
import time
from collections.abc import Mapping
from itertools import product
from typing import Any

from devtools.simulator.proving_ground.account import Account
from devtools.simulator.proving_ground.candidates import Change, candidates
from devtools.simulator.proving_ground.cases import RECORDED_ACCOUNT, VARIANTS, all_cases, answers_of, module_of
from devtools.simulator.proving_ground.declare import declare
from devtools.simulator.proving_ground.declare import write as write_cases
from devtools.simulator.proving_ground.merging import Answers, WrongChangeError
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.outcome import Status
from posture.core.values import AbsentFieldError, UnknownFieldError
from posture.sweep.errors import AskError

WANTED = {Status.FAIL: ("bad", "odd", "good"), Status.PASS: ("good", "odd", "bad")}
"""The accounts that are tried for a case, best first."""
SECONDS = 2.0
"""How long is searched for one case in one account."""
BROKEN = (
    AskError,
    UnknownFieldError,
    AbsentFieldError,
    WrongChangeError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)
"""What a collector raises of answers that AWS would not give."""


class Search:
    """The search for cases; an account has each that was found from then on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.accounts = {variant: Account(answers_of(variant, RECORDED_ACCOUNT), variant) for variant in VARIANTS}

    def lacks(self, check: Check, side: Status) -> bool:
        """Return whether no account has a case of an outcome."""
        return not any(account.has(check, side) for account in self.accounts.values())

    def find(self, check: Check, wanted: Status) -> tuple[str, Change] | None:
        """Return the account and the change that make a case."""
        for variant in WANTED[wanted]:
            account, deadline = self.accounts[variant], time.monotonic() + self.seconds
            operations, keys = account.operations(check), account.decisive(check)
            for proposed in candidates(check, wanted, account.answers, operations, keys):
                after = self._after(variant, check, wanted, proposed)
                if after:
                    self.accounts[variant] = after
                    return variant, proposed
                if time.monotonic() > deadline:
                    break
        return None

    def _after(self, variant: str, check: Check, wanted: Status, proposed: Change) -> Account | None:
        """Return an account with a change that makes a case, and takes none away."""
        before = self.accounts[variant]
        try:
            after = before.changed(proposed)
            if not after.has(check, wanted):
                return None
            others = [account.sides() for name, account in self.accounts.items() if name != variant]
            is_better = before.sides() <= after.sides().union(*others) and not any(after.unanswered.values())
        except BROKEN:
            return None
        return after if is_better else None


def write(variant: str, module: str, proposed: Change, expected: Answers) -> bool:
    """Add a change to an account's case.

    Only if it leads where it should with the earlier ones; return whether it does.
    """
    known = all_cases().get(module, {})
    cases = copy.deepcopy(known)
    _merge_into(cases.setdefault(variant, {}).setdefault("changes", {}), proposed)
    write_cases(module, cases)
    try:
        leads_there = answers_of(variant, RECORDED_ACCOUNT) == expected
    except WrongChangeError:
        leads_there = False
    if not leads_there:
        write_cases(module, known)
    return leads_there


def _merge_into(known: dict[str, Any], proposed: Mapping[str, Any]) -> None:
    for key, value in proposed.items():
        if isinstance(value, dict) and isinstance(known.get(key), dict):
            _merge_into(known[key], value)
        else:
            known[key] = copy.deepcopy(value)


def main(names: list[str]) -> int:
    """Search cases for the checks that lack one, and write them."""
    logging.disable(logging.CRITICAL)
    search = Search(SECONDS)
    unfound = 0
    checks = [each for each in all_checks().values() if not names or each.id in names]
    for check, wanted in product(checks, (Status.FAIL, Status.PASS)):
        if not search.lacks(check, wanted):
            continue
        before = dict(search.accounts)
        found = search.find(check, wanted)
        if found:
            variant, proposed = found
            module = module_of(check.resource_type)
            if not write(variant, module, proposed, search.accounts[variant].answers):
                found, search.accounts = None, before
        unfound += found is None
        _report(f"{check.id}: {wanted} " + (f"in {found[0]} by {json.dumps(found[1])[:200]}" if found else "not found"))
    declare()
    return 1 if unfound else 0


def _report(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
