"""Rows of the ground floor, a module per noun.

Import from this package; a module imports only those above it here.
"""

from nlu.models.workspaces import Workspace
from nlu.models.jobs import Job
from nlu.models.audit import AuditEntry
from nlu.models.entities import EntitySynonym, EntityType, EntityValue
from nlu.models.intents import EntityAnnotation, Intent, IntentTitle, Utterance
from nlu.models.evaluation_cases import EvaluationCase
from nlu.models.articles import Article, ArticleRevision, Passage
from nlu.models.masking import MaskingRule
from nlu.models.vault import VaultEntry
from nlu.models.encoders import TrainedEncoder
from nlu.models.training import ModelVersion, TrainingRun
from nlu.models.proposals import GenerationRun, ProposedUtterance
from nlu.models.shadows import ShadowRun
from nlu.models.settled_findings import SettledFinding
from nlu.models.imports import ImportRun

__all__ = [
    "Article",
    "ArticleRevision",
    "AuditEntry",
    "EntityAnnotation",
    "EntitySynonym",
    "EntityType",
    "EntityValue",
    "EvaluationCase",
    "GenerationRun",
    "ImportRun",
    "Intent",
    "IntentTitle",
    "Job",
    "MaskingRule",
    "ModelVersion",
    "Passage",
    "ProposedUtterance",
    "SettledFinding",
    "ShadowRun",
    "TrainedEncoder",
    "TrainingRun",
    "Utterance",
    "VaultEntry",
    "Workspace",
]
