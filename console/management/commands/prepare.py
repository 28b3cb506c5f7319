"""Everything between an installed environment and `serve`: database, files, content, first model, first user.

Each step says what it does and is skipped when it is done already, so that a second start takes seconds.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chat.actions.demo_customers import trust_demo_shop
from chat.actions.packs import allow_demo_shop, follow_demo_backend, install_pack
from chat.models import Site
from chat.packs import available, read_pack, read_pack_head
from console.actions.staff import create_staff, ensure_roles
from nlu.actions.direct_training import train_now
from nlu.errors import NluError
from nlu.models import ModelVersion
from nlu.types import TrainingProgress
from nlu.vault_keys import ensure_key_file

FIRST_PACK = "ecommerce"


class Command(BaseCommand):
    """Idempotent; exit 1 with one line when a step fails."""

    help = "Prepare the database, the demo content, the first model and the first administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the steps in order."""
        self.step(
            "Bringing the database up to date", lambda: call_command("migrate", verbosity=0, interactive=False)
        )
        if ensure_key_file():
            self.stderr.write(
                f"==> Made a vault key in {settings.VAULT_KEY_PATH}: keep a copy of it apart from the database"
            )
        self.step("Collecting the pages' files", self.collect_static)
        ensure_roles()
        self.content()
        self.model()
        self.administrator()

    def step(self, title: str, action: Callable[[], object]) -> None:
        """Say what happens, do it, say how long it took."""
        self.stderr.write(f"==> {title} …")
        started = time.monotonic()
        action()
        self.stderr.write(f"    done in {time.monotonic() - started:.1f} s")

    def collect_static(self) -> None:
        """Hashed and compressed copies of the static files."""
        call_command("collectstatic", verbosity=0, interactive=False)

    def content(self) -> None:
        """The demo shop's pack at the first start; later only the demos' addresses, which follow the port."""
        if not Site.objects.exists():
            self.step(
                "Installing the scenario pack of an online shop",
                lambda: install_pack(pack=read_pack(FIRST_PACK), considerate=False),
            )
        for site in Site.objects.filter(key__in=[read_pack_head(name).site_key for name in available()]):
            allow_demo_shop(site)
        follow_demo_backend()
        if settings.DEMO_SHOP:
            for site in Site.objects.filter(key=read_pack_head(FIRST_PACK).site_key):
                trust_demo_shop(site=site, text=settings.DEMO_SHOP_KEY)

    def model(self) -> None:
        """A first model for the pack's workspace, unless there is one."""
        if ModelVersion.objects.filter(workspace__slug="default", status="active").exists():
            return
        if not Site.objects.filter(workspace__slug="default").exists():
            return
        self.step("Training the first model on this machine", self.train)

    def train(self) -> None:
        """Train and activate."""
        try:
            train_now(workspace_slug="default", activate=True, quick=True, progress=self.show_progress)
        except NluError as error:
            raise CommandError(f"The first training failed: {error}") from None

    def show_progress(self, at: TrainingProgress) -> None:
        """One line per epoch."""
        accuracy = (
            "" if at.validation_accuracy is None else f", {at.validation_accuracy:.0%} right on held-out texts"
        )
        self.stderr.write(
            f"    {at.stage}: epoch {at.epoch} of {at.epochs}{accuracy}, {at.seconds_left:.0f} s left"
        )

    def administrator(self) -> None:
        """The first administrator with a generated password, shown this once."""
        if get_user_model().objects.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        create_staff(username="admin", password=password, roles=["administrator"], superuser=True, actor=None)
        self.stdout.write("")
        self.stdout.write("    Console user:      admin")
        self.stdout.write(f"    Generated password: {password}   (shown once; change it in the console)")
        self.stdout.write(f"    Console:           {settings.PUBLIC_URL}/console/")
        self.stdout.write("")
