"""Record the last days by the product's own path and measure each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import AwsAccount, Organization
from devtools.bench.history_measures import Spent
from devtools.bench.history_producer import Producer
from devtools.bench.history_story import day
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, Snapshot
from posture.history.upkeep.finish import finish_snapshot, is_large, vacuum
from posture.orchestration.memory import tune_garbage_collection


@dataclass
class Recorder:
    """A recorder of each account's days after those that were loaded."""

    organization: Organization
    accounts: Sequence[tuple[int, int, str, int]]
    behind: int
    has_populations: bool = False
    vacuumed: list[Spent] = field(default_factory=list)
    """What it took after each day to vacuum the tables, for which no snapshot waits."""

    def __post_init__(self) -> None:
        self.rows = {each.pk: each for each in AwsAccount.objects.select_related("organization", "unit")}
        numbers = [number for number, *_ in self.accounts]
        self.producer = Producer(numbers, self.behind - 1, has_populations=self.has_populations)
        tune_garbage_collection()  # as a worker does

    def record(self, number: int, *, advance: bool = True) -> tuple[Spent, Spent]:
        """Record one day of every account.

        Return what the accounts and what the end of the snapshot took.
        """
        recording, finishing = Spent(), Spent()
        snapshot = Snapshot.objects.create(
            organization=self.organization, as_of=day(number), trigger=Snapshot.Trigger.SIMULATION
        )
        parts = AccountSweep.objects.bulk_create(
            AccountSweep(snapshot=snapshot, account=self.rows[pk], state="done", resource_count=1000)
            for _, pk, _, _ in self.accounts
        )
        for part, (story, _, account_id, _) in zip(parts, self.accounts, strict=True):
            result = self.producer.result(story, account_id, number, advance=advance)
            with recording.counting():
                record_account(part, result)
        with finishing.counting():
            finish_snapshot(snapshot)
        self.vacuumed.append(Spent())
        with self.vacuumed[-1].counting():
            if is_large(snapshot):
                vacuum(snapshot)
        return recording, finishing
