"""Make an account of the console: `create_staff NAME --role operator --role agent`."""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.actions.staff import create_staff
from console.permissions import ROLES
from nlu.errors import InvalidData


class Command(BaseCommand):
    """The password comes from the terminal or from XIAOER_PASSWORD; otherwise one is made and printed once."""

    help = "Make a staff account with roles."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name, roles, and whether the back office is open to the account."""
        parser.add_argument("username")
        parser.add_argument("--role", action="append", choices=ROLES, default=[], dest="roles")
        parser.add_argument("--name", default="", help="full name")
        parser.add_argument("--superuser", action="store_true", help="may do everything, the back office included")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the account or say in one line why not."""
        password = os.environ.get("XIAOER_PASSWORD", "")
        made = False
        if not password and sys.stdin.isatty():
            password = getpass.getpass("Password (empty: make one): ")
        if not password:
            password = secrets.token_urlsafe(12)
            made = True
        try:
            user = create_staff(
                username=options["username"],
                password=password,
                roles=options["roles"],
                full_name=options["name"],
                superuser=options["superuser"],
                actor=None,
            )
        except InvalidData as error:
            raise CommandError(str(error)) from None
        self.stderr.write(f"The account {user.username} is ready.")
        if made:
            self.stdout.write(password)
