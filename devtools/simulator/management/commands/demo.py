"""`manage.py demo`: create logins and sweep the story week by week."""

from __future__ import annotations

import threading
from typing import Any

import urllib3
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from devtools.simulator.apply import StoryError
from devtools.simulator.declared import Declared
from devtools.simulator.people import create_logins
from devtools.simulator.playback import Playback, StuckError
from devtools.simulator.proving_ground.cases import FOLDER as PROVING_GROUND
from devtools.simulator.simulator import Control, SimulatorError
from posture.sweep.errors import AskError


class Command(BaseCommand):
    """Play the demo's story; a second start goes on where the first stopped."""

    help = "Create the demo's logins and sweep the simulated Organization through its story; goes on where it stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weeks", type=int, metavar="N", help="play only the weeks up to N")
        parser.add_argument(
            "--sweep-weeks",
            metavar="0,4,8,13",
            help="sweep only these weeks; the others are applied without a sweep",
        )
        parser.add_argument("--once", action="store_true", help="play and sweep the first week only")
        parser.add_argument(
            "--stay", action="store_true", help="after the story, stay and change something after each sweep"
        )
        parser.add_argument(
            "--proving-ground",
            action="store_true",
            help="sweep the accounts in which every check has a case, instead of the story",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AWS_ENDPOINT_URL:
            raise CommandError(
                "AWS_ENDPOINT_URL is not set: start `python -m devtools.simulator.server --port 5000 --state FOLDER` "
                "and set it to http://127.0.0.1:5000."
            )
        declared = Declared.read(PROVING_GROUND) if options["proving_ground"] else Declared.read()
        until = 0 if options["once"] else self._last(options["weeks"], declared)
        swept = self._chosen(options["sweep_weeks"], until)
        playback = Playback(Control(settings.AWS_ENDPOINT_URL), declared, self._print)
        try:
            playback.control.health()
        except (urllib3.exceptions.HTTPError, ValueError, SimulatorError) as error:
            raise CommandError(f"No simulator answers at {settings.AWS_ENDPOINT_URL}: {error}") from error
        self._print_logins()
        try:
            organization = playback.organization()
            playback.play(organization, until, swept)
            if until < declared.last_week:
                self._print(f"Applied the story up to week {until}.")
                return
            playback.schedule(organization)
            self._print("The story has ended; from now on it is swept by the schedule.")
            if options["stay"]:
                playback.follow(organization, threading.Event())
        except (StoryError, StuckError, AskError) as error:
            raise CommandError(str(error)) from error

    def _print(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _print_logins(self) -> None:
        self._print("Log in as")
        for persona, password in create_logins():
            shown = password or "(changed)"
            self._print(f"  {persona.login:<26} {shown:<18} {persona.role.label}: {persona.about}")

    @staticmethod
    def _last(weeks: int | None, declared: Declared) -> int:
        if weeks is None:
            return declared.last_week
        if not 0 <= weeks <= declared.last_week:
            raise CommandError(f"--weeks is {weeks}: the story has weeks 0 to {declared.last_week}.")
        return weeks

    @staticmethod
    def _chosen(weeks: str | None, until: int) -> set[int]:
        if weeks is None:
            return set(range(until + 1))
        words = [word.strip() for word in weeks.split(",")]
        if not all(word.isdecimal() and int(word) <= until for word in words):
            raise CommandError(f"--sweep-weeks is {weeks!r}: write weeks from 0 to {until}, as 0,4,8.")
        return {int(word) for word in words}
