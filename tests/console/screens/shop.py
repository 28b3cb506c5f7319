"""What the tests of the screens work on."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from chat.actions.business import create_action, create_connection
from chat.actions.flows import create_flow, publish_flow
from chat.models import (
    ApiToken,
    BusinessAction,
    Connection,
    Flow,
    InvitationRule,
    ProfileAttribute,
    RoutingRule,
    Site,
)
from console.actions.staff import create_staff
from nlu.actions.articles import create_article, publish_article
from nlu.actions.entities import add_value, create_entity_type
from nlu.actions.evaluation_cases import add_case
from nlu.actions.import_reports import Findings
from nlu.actions.intents import create_intent
from nlu.actions.utterance_edits import add_texts
from nlu.actions.workspaces import create_workspace
from nlu.models import (
    Article,
    EntityType,
    EntityValue,
    EvaluationCase,
    GenerationRun,
    ImportRun,
    Intent,
    MaskingRule,
    ModelVersion,
    ProposedUtterance,
    TrainedEncoder,
    TrainingRun,
    Utterance,
    Workspace,
)
from nlu.training.origins import origin_key

PASSWORD = "a long enough secret 17"


@dataclass(frozen=True)
class Shop:
    """One of everything."""

    workspace: Workspace
    track: Intent
    refund: Intent
    utterance: Utterance
    city: EntityType
    value: EntityValue
    article: Article
    rule: MaskingRule
    run: TrainingRun
    version: ModelVersion
    site: Site
    token: ApiToken
    case: EvaluationCase
    encoder: TrainedEncoder
    generation: GenerationRun
    proposal: ProposedUtterance
    import_run: ImportRun
    connection: Connection
    action: BusinessAction
    invitation_rule: InvitationRule
    flow: Flow
    attribute: ProfileAttribute
    routing: RoutingRule


def make_person(role: str, *, username: str = "", superuser: bool = False) -> User:
    roles = [role] if role else []
    return create_staff(
        username=username or role or "nobody", password=PASSWORD, roles=roles, superuser=superuser, actor=None
    )


def make_shop(slug: str = "shop") -> Shop:
    workspace = create_workspace(slug=slug, name="Lantern", default_locale="en", actor=None)
    track = create_intent(workspace=workspace, name="track", description="where it is", actor=None)
    refund = create_intent(workspace=workspace, name="refund", actor=None)
    texts = ["where is my parcel", "send it to Oslo please", "has it left yet"]
    add_texts(workspace=workspace, intent=track, texts=texts, locale="en", actor=None)
    add_texts(workspace=workspace, intent=refund, texts=["money back", "refund me"], locale="en", actor=None)
    city = create_entity_type(workspace=workspace, name="city", title="City", actor=None)
    value = add_value(entity_type=city, value="Oslo", synonyms=["Christiania"], actor=None)
    article = create_article(
        workspace=workspace, locale="en", title="How to track", body="Open **My orders**.", actor=None
    )
    publish_article(article=article, actor=None)
    article.refresh_from_db()
    rule = workspace.masking_rules.first()
    assert rule is not None
    run = TrainingRun.objects.create(workspace=workspace, status="done", utterances=5)
    version = ModelVersion.objects.create(
        workspace=workspace,
        number=1,
        run=run,
        folder=f"{slug}/1",
        manifest_hash="0" * 64,
        dataset_fingerprint="1" * 64,
        metrics={
            "intent_accuracy": 0.9,
            "macro_f1": None,
            "calibration_error": 0.04,
            "out_of_scope": {"auroc": 0.8},
            "per_intent": [{"intent": "track", "precision": 0.5, "recall": 1.0, "f1": 0.67, "support": 3}],
            "confusion": [{"gold": "refund", "predicted": "track", "count": 2}],
            "seconds": 3.2,
            "examples": 5,
            "epochs": 20,
            "size_bytes": 1_600_000,
        },
    )
    site = Site.objects.create(workspace=workspace, key=f"{slug}-key", name="Shop", locale="en")
    case = add_case(workspace=workspace, text="is my parcel here", intent=track, actor=None)
    encoder = TrainedEncoder.objects.create(workspace=workspace, name="An old try", status="cancelled")
    generation = GenerationRun.objects.create(workspace=workspace, status="done", intents=["track"])
    proposal = ProposedUtterance.objects.create(
        run=generation,
        workspace=workspace,
        intent=track,
        text="where is my box",
        normalized="where is my box",
        locale="en",
        made_from=[origin_key("where is my parcel")],
        origins=[workspace.utterances.get(text="where is my parcel").pk],
    )
    token = ApiToken.objects.create(
        workspace=workspace, name="warehouse", token_hash=slug.rjust(64, "2"), scopes="parse"
    )
    connection = create_connection(
        workspace=workspace, name="orders", base_url="https://erp.example/api", actor=None
    )
    action = create_action(
        connection=connection,
        definition={"name": "find_order", "title": {"en": "Find an order"}, "method": "GET", "path": "/orders"},
        actor=None,
    )
    flow = create_flow(
        workspace=workspace,
        definition={
            "name": "help_me",
            "title": {"en": "Help"},
            "triggers": [],
            "slots": {"number": {"type": "text", "title": {"en": "number"}}},
            "steps": [{"id": "ask", "ask": "number", "text": {"en": "Which?"}}],
        },
        actor=None,
    )
    publish_flow(flow=flow, actor=None)
    return Shop(
        workspace,
        track,
        refund,
        Utterance.objects.get(workspace=workspace, text="send it to Oslo please"),
        city,
        value,
        article,
        rule,
        run,
        version,
        site,
        token,
        case,
        encoder,
        generation,
        proposal,
        ImportRun.objects.create(workspace=workspace, name="old.csv", status="done", report=Findings().to_json()),
        connection,
        action,
        InvitationRule.objects.create(
            workspace=workspace, name="Stuck", texts={"en": {"text": "May I help?"}}, conditions={"seconds": "60"}
        ),
        flow,
        ProfileAttribute.objects.create(
            workspace=workspace, name="tier", basis="contract", purpose="Quicker help"
        ),
        RoutingRule.objects.create(workspace=workspace, attribute="tier", values="gold", priority=2),
    )
