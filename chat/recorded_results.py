"""How recorded conversations did: the last result of each, with a draft or as customers get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max

from chat.models import Flow, RecordedConversation, RehearsalResult, RehearsalRun
from chat.recordings import flows_named
from nlu.models import Workspace


@dataclass(frozen=True, slots=True)
class ConversationResult:
    """A recorded conversation and its newest result; `passed` is None if it was not had."""

    conversation: RecordedConversation
    result: RehearsalResult | None

    @property
    def passed(self) -> bool | None:
        """Whether it went as expected."""
        return self.result.passed if self.result is not None else None


@dataclass(frozen=True, slots=True)
class DraftResults:
    """How a flow's conversations did with its draft as it is now. `run` is the newest run of this revision."""

    flow: Flow
    run: RehearsalRun | None
    results: tuple[ConversationResult, ...]

    @property
    def passed(self) -> int:
        """How many went as expected."""
        return sum(1 for one in self.results if one.passed)

    @property
    def failed(self) -> tuple[ConversationResult, ...]:
        """Those that went another way."""
        return tuple(one for one in self.results if one.passed is False)

    @property
    def missing(self) -> int:
        """How many were not had with this draft."""
        return sum(1 for one in self.results if one.passed is None)


def conversations_of(workspace: Workspace, flow: Flow | None = None) -> list[RecordedConversation]:
    """The recorded conversations of a workspace, or those that were recorded with a flow or pass it."""
    rows = RecordedConversation.objects.filter(workspace=workspace)
    if flow is None:
        return list(rows)
    return [row for row in rows if row.flow_id == flow.pk or flow.name in flows_named(row.script)]


def results_of_draft(flow: Flow) -> DraftResults:
    """The last result of each of the flow's conversations with the draft's present revision."""
    runs = RehearsalRun.objects.filter(flow=flow, revision=flow.revision)
    conversations = conversations_of(flow.workspace, flow)
    return DraftResults(flow, runs.first(), last_results(conversations, runs_of=flow, revision=flow.revision))


def last_results(
    conversations: Sequence[RecordedConversation], *, runs_of: Flow | None = None, revision: int | None = None
) -> tuple[ConversationResult, ...]:
    """Each conversation with its newest result: of any run, or of the runs of a draft's revision.

    A result from before the conversation was changed does not count.
    """
    results = RehearsalResult.objects.filter(conversation__in=[one.pk for one in conversations])
    if runs_of is not None:
        results = results.filter(run__flow=runs_of)
    if revision is not None:
        results = results.filter(run__revision=revision)
    newest = results.values("conversation").annotate(newest=Max("pk")).values_list("newest", flat=True)
    rows = (
        RehearsalResult.objects.filter(pk__in=list(newest)).select_related("run__flow").defer("talk", "mismatches")
    )
    by_conversation = {row.conversation_id: row for row in rows}
    found = []
    for one in conversations:
        row = by_conversation.get(one.pk)
        found.append(ConversationResult(one, row if row is not None and row.script == one.script else None))
    return tuple(found)
