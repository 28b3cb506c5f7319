"""Kind of a step -> its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chat.dialogue.fields import Fields
from chat.dialogue.flow_edits import keep_as_written
from chat.dialogue.flow_reader import KINDS, read_step
from chat.dialogue.flows import AnyStep
from console.flow_page import FlowPage
from console.forms.flow_branches import BranchForm
from console.forms.flow_calls import ActionForm, GotoForm
from console.forms.flow_choices import ChooseForm
from console.forms.flow_step_kinds import AnswerForm, AskForm, ConfirmForm, EndForm, HandoffForm, RateForm, SayForm
from console.forms.flow_steps import StepForm

FORMS: Final[Mapping[str, type[StepForm]]] = {
    form.kind: form
    for form in (
        *(SayForm, AskForm, ChooseForm, ConfirmForm, BranchForm, ActionForm),
        *(AnswerForm, RateForm, HandoffForm, GotoForm, EndForm),
    )
}


def kind_in(step: Mapping[str, Any]) -> str:
    """The kind of a written step; KeyError for what is none."""
    for kind in KINDS:
        if kind in step:
            return kind
    raise KeyError(step.get("id"))


def step_form(data: Any, *, page: FlowPage, step: Mapping[str, Any]) -> StepForm:
    """The form of a written step, of its kind."""
    return FORMS[kind_in(step)](data, page=page, step=step)


def document_of(form: StepForm) -> Mapping[str, Any]:
    """What a valid form makes of its step: the step as it was written where nothing about it has changed."""
    made = form.document()
    if _read(made) == _read(form.step):
        return form.step
    kept: Mapping[str, Any] = keep_as_written(form.step, made)
    return kept


def _read(step: Mapping[str, Any]) -> AnyStep:
    return read_step(Fields(dict(step), "step"))
