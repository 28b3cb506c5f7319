"""The original behind a placeholder, for those who may see it and say why. Shown once, stored nowhere."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from chat.transcripts import readable_transcripts
from console.forms.transcripts import RevealForm
from console.permissions import StaffRequest, has_permission, requires
from nlu.actions.vault import reveal_value
from nlu.errors import InvalidData, RevealLimit, SealBroken, SealKeyMissing
from nlu.models import VaultEntry


@never_cache
@requires("reveal", workspace=False)
def reveal(request: StaffRequest, conversation: UUID, pk: int) -> HttpResponseBase:
    """Ask for the reason, note it, show the value."""
    readable = readable_transcripts(
        workspace=None, only_of=None, restricted=not has_permission(request.user, "transcripts")
    )
    row = get_object_or_404(readable.select_related("site"), uuid=conversation)
    entry = get_object_or_404(VaultEntry, pk=pk, workspace_id=row.site.workspace_id, scope=str(row.uuid))
    form = RevealForm(request.POST or None)
    value = None
    if request.method == "POST" and form.is_valid():
        try:
            value = reveal_value(entry=entry, actor=request.user, reason=form.cleaned_data["reason"])
        except (InvalidData, RevealLimit) as error:
            form.add_error("reason", str(error))
        except (SealBroken, SealKeyMissing):
            return render(request, "console/transcripts/unopened.html", {"conversation": row, "entry": entry})
    context = {"form": form, "conversation": row, "entry": entry, "value": value}
    return render(request, "console/transcripts/reveal.html", context)
