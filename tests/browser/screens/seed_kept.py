"""A conversation whose telephone number is kept in the vault; prints its uuid."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from chat.actions.messages import visitor_message  # noqa: E402
from chat.actions.storing import store_message  # noqa: E402
from chat.actions.visitors import create_visitor  # noqa: E402
from chat.models import Site  # noqa: E402
from nlu.actions.masking import update_rule  # noqa: E402

site = Site.objects.get(key="demo-shop")
update_rule(rule=site.workspace.masking_rules.get(recognizer="mobile"), keeps_original=True, actor=None)
conversation = create_visitor(site=site, locale="zh-hans").conversation
store_message(
    visitor_message(
        conversation_id=conversation.pk,
        workspace_id=site.workspace_id,
        client_id="kept",
        text="请回电 138 0013 8000，谢谢",
    )
)
json.dump({"conversation": str(conversation.uuid)}, sys.stdout)
