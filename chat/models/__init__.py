"""Rows of the first floor, a module per noun.

Import from this package; a module imports only those above it here.
"""

from chat.models.sites import Site
from chat.models.customers import Customer, SigningKey, UsedIdentity
from chat.models.visitors import Visitor
from chat.models.agents import Agent
from chat.models.routing import RoutingRule
from chat.models.conversations import Conversation
from chat.models.profiles import Consent, ProfileAttribute, ProfileEntry
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
from chat.models.flow_trials import FlowTrial, RehearsalResult, RehearsalRun
from chat.models.business import BusinessAction, Connection, Secret
from chat.models.behaviour import BehaviourChoice, BehaviourEvent, BehaviourPolicy
from chat.models.proactive import Invitation, InvitationRule
from chat.models.packs import PackInstallation

__all__ = [
    "Agent",
    "ApiToken",
    "BehaviourChoice",
    "BehaviourEvent",
    "BehaviourPolicy",
    "BusinessAction",
    "Connection",
    "Consent",
    "Conversation",
    "Customer",
    "DriftAlarm",
    "DriftWatch",
    "Flow",
    "FlowTrial",
    "FlowVersion",
    "Handoff",
    "IntentHandling",
    "Invitation",
    "InvitationRule",
    "Message",
    "PackInstallation",
    "ProfileAttribute",
    "ProfileEntry",
    "QuickReply",
    "RecordedConversation",
    "RehearsalResult",
    "RehearsalRun",
    "ReplyTemplate",
    "Review",
    "RoutingRule",
    "Secret",
    "ShadowScore",
    "SigningKey",
    "Site",
    "Turn",
    "UsedIdentity",
    "Visitor",
    "WorkerHeartbeat",
]
