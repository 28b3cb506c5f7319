"""Talk to the assistant in the terminal, through the same code as live chat."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chat.action_calls import make_call
from chat.answering import TurnAnswer, TurnInput, answer
from chat.dialogue.state import DialogueState
from nlu.actions.masking import mask_for_workspace
from nlu.inference import PipelineCache
from nlu.models import Workspace


class Command(BaseCommand):
    """Reads a message a line from stdin; replies go to stdout, what was understood to stderr."""

    help = "Talk to the assistant in the terminal. End with Ctrl-D."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The workspace and the language for texts that do not show theirs."""
        parser.add_argument("--workspace", default="default", help="short name of the workspace")
        parser.add_argument("--locale", default="", help="zh-hans or en; the workspace's default if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop until the input ends."""
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(f"There is no workspace {options['workspace']}")
        models = PipelineCache()
        if models.get(workspace.pk) is None:
            raise CommandError(f"Workspace {workspace.slug} has no active model; train one first (train_nlu)")
        state = DialogueState()
        locale = options["locale"] or workspace.default_locale
        for number, line in enumerate(sys.stdin, start=1):
            text = mask_for_workspace(workspace.pk, line.strip())
            if not text:
                continue
            given = TurnInput(
                turn_id=number, workspace_id=workspace.pk, locale=locale, text=text, question=text, state=state
            )
            answered = answer([given], models=models, caller=make_call)[0]
            state = answered.decision.state
            self.show(answered)

    def show(self, answered: TurnAnswer) -> None:
        """Print the reply, and on stderr why."""
        said = answered.parse.several or answered.parse.intents[:1]
        understood = " + ".join(f"{one.name} {one.confidence:.2f}" for one in said) or "nothing"
        self.stderr.write(f"[{understood}; {answered.decision.kind}: {answered.decision.reason}]")
        self.stdout.write(answered.decision.text)
        for citation in answered.decision.citations:
            self.stdout.write(f"  -> {citation.title} {citation.url}")
        if answered.decision.quick_replies:
            self.stdout.write("  " + " | ".join(answered.decision.quick_replies))
