"""Takes the last days through the real record path and tells what each cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import AwsAccount, Organization
from posture.bench import history_estate as estate
from posture.bench.history_measures import Spent
from posture.bench.history_story import Account, day
from posture.core.sweep import AccountResult
from posture.history.finish import finish_snapshot, is_large, vacuum
from posture.history.models import AccountSweep, Snapshot
from posture.history.record import record_account
from posture.sweeping.memory import collect_seldom


@dataclass
class Recorder:
    """Tells each account's days on from where the load ended, and records them."""

    organization: Organization
    accounts: Sequence[tuple[int, int, str, int]]
    behind: int
    has_populations: bool = False
    stories: dict[int, Account] = field(default_factory=dict)
    vacuumed: list[Spent] = field(default_factory=list)
    """What it took after each day to vacuum the tables, for which no snapshot waits."""

    def __post_init__(self) -> None:
        self.rows = {each.pk: each for each in AwsAccount.objects.select_related("organization", "unit")}
        for number, *_ in self.accounts:
            self.stories[number] = Account(number, self.has_populations)
            for _ in range(self.behind - 1):
                self.stories[number].advance()
        collect_seldom()  # as a worker does: the stories stay for good, and no collection is to walk them

    def record(self, number: int, *, advance: bool = True) -> tuple[Spent, Spent]:
        """Record one day of every account; return what the accounts and what the end of the snapshot took."""
        recording, finishing = Spent(), Spent()
        snapshot = Snapshot.objects.create(
            organization=self.organization, as_of=day(number), trigger=Snapshot.Trigger.SIMULATION
        )
        parts = AccountSweep.objects.bulk_create(
            AccountSweep(snapshot=snapshot, account=self.rows[pk], state="done", resource_count=1000)
            for _, pk, _, _ in self.accounts
        )
        for part, (story, _, account_id, _) in zip(parts, self.accounts, strict=True):
            if advance:
                self.stories[story].advance()
            result = self._result(story, account_id, number)
            with recording.counting():
                record_account(part, result)
        with finishing.counting():
            finish_snapshot(snapshot)
        self.vacuumed.append(Spent())
        with self.vacuumed[-1].counting():
            if is_large(snapshot):
                vacuum(snapshot)
        return recording, finishing

    def _result(self, story: int, account_id: str, number: int) -> AccountResult:
        told = self.stories[story]
        resources = [estate.resource(story, account_id, one) for one in told.items.values()]
        resources += [estate.population(story, account_id, one, number) for one in told.populations.values()]
        return AccountResult(
            account_id=account_id,
            now=day(number),
            regions=estate.REGIONS,
            swept_types=estate.TYPES,
            resources=resources,
            gaps=(),
            judgements=(),
            is_judged=False,
        )
