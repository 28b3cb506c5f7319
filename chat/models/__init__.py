"""Rows of the first floor, a module per noun.

Import from this package; a module imports only those above it here.
"""

from chat.models.sites import Site
from chat.models.visitors import Visitor
from chat.models.agents import Agent
from chat.models.conversations import Conversation
from chat.models.messages import Message
from chat.models.reviews import Review
from chat.models.turns import Turn
from chat.models.shadows import ShadowScore
from chat.models.handoffs import Handoff
from chat.models.replies import IntentHandling, QuickReply, ReplyTemplate
from chat.models.api_tokens import ApiToken
from chat.models.workers import WorkerHeartbeat
from chat.models.drift import DriftAlarm, DriftWatch
from chat.models.flows import Flow, FlowVersion, RecordedConversation
from chat.models.business import BusinessAction, Connection, Secret
from chat.models.behaviour import BehaviourChoice, BehaviourEvent, BehaviourPolicy
from chat.models.proactive import Invitation, InvitationRule

__all__ = [
    "Agent",
    "ApiToken",
    "BehaviourChoice",
    "BehaviourEvent",
    "BehaviourPolicy",
    "BusinessAction",
    "Connection",
    "Conversation",
    "DriftAlarm",
    "DriftWatch",
    "Flow",
    "FlowVersion",
    "Handoff",
    "IntentHandling",
    "Invitation",
    "InvitationRule",
    "Message",
    "QuickReply",
    "RecordedConversation",
    "ReplyTemplate",
    "Review",
    "Secret",
    "ShadowScore",
    "Site",
    "Turn",
    "Visitor",
    "WorkerHeartbeat",
]
