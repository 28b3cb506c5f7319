"""Seal everything in the vault again under the key that comes first."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.actions.business import reseal_secrets, secret_key_ids_in_use
from chat.actions.signing_keys import reseal_signing_keys, signing_key_ids_in_use
from nlu.actions.vault import key_ids_in_use, reseal_values
from nlu.errors import InvalidData, SealBroken, SealKeyMissing
from nlu.vault_keys import drop_keys_but, key_ring, put_new_key_first


class Command(BaseCommand):
    """Safe to stop and to run again at any time: rows open under either key."""

    help = "Seal kept originals and secrets again under the first vault key; --new makes that key in the key file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether a key is made first, and whether unused ones go."""
        parser.add_argument("--new", action="store_true", help="put a new key first in the key file")
        parser.add_argument(
            "--forget",
            action="store_true",
            help="take keys that nothing is sealed with out of the key file (backups need them: keep a copy)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Re-seal, then say how much, as one JSON object."""
        try:
            if options["new"]:
                put_new_key_first()
            values, secrets, signing = reseal_values(), reseal_secrets(), reseal_signing_keys()
            in_use = key_ids_in_use() | secret_key_ids_in_use() | signing_key_ids_in_use()
            dropped = drop_keys_but(in_use) if options["forget"] else 0
            current = key_ring().current_id
        except (InvalidData, SealBroken, SealKeyMissing) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            json.dumps(
                {
                    "key": current,
                    "values": values,
                    "secrets": secrets,
                    "signing_keys": signing,
                    "keys_dropped": dropped,
                }
            )
        )
