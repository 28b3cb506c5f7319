"""What a sentence encoder can learn from here: texts of one meaning from rows, and pairs from a file."""

from __future__ import annotations

import gzip
import json
import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from django.conf import settings
from django.utils import timezone

from nlu.actions.masking import mask_for_workspace
from nlu.errors import InvalidData, UnreadableFile
from nlu.models import Article, EvaluationCase, Intent, Passage, TrainedEncoder, Utterance, Workspace
from nlu.models.encoders import PairSource
from nlu.pipeline.language import detect_locale
from nlu.pipeline.normalizer import canonical
from nlu.signals import logged_questions_wanted
from nlu.training.meanings import Meaning, PairSets, paired, parted
from nlu.training.pair_files import MOST_LINES, read_pairs
from nlu.training.question_pairs import QuestionPair
from nlu.types import Example

MOST_LOGGED: Final = 20_000
MOST_PAIRS: Final = MOST_LINES
"""Pairs of one uploaded file."""
PASSAGES: Final = 2
"""Of an article, so many passages from its beginning say what its title asks."""
ROWS: Final = (PairSource.UTTERANCES, PairSource.ARTICLES, PairSource.CHAT)
FOLDER: Final = "_encoders"
NOTICED_LOCALE: Final = 0.05
LEFT_BEHIND: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SourceSize:
    """What a source holds: `texts` that share their meaning with another, and how many `meanings` these have."""

    source: str
    texts: int
    meanings: int


@dataclass(slots=True)
class _Group:
    texts: set[str]
    answers: set[str]


def sizes_of(workspace: Workspace) -> tuple[SourceSize, ...]:
    """How much each source of rows has."""
    sizes = []
    for source in ROWS:
        useful = [one for one in meanings_of(workspace, [source]) if len(one.texts) + len(one.answers) > 1]
        sizes.append(SourceSize(source, sum(len(one.texts) for one in useful), len(useful)))
    return tuple(sizes)


def pairs_of(encoder: TrainedEncoder) -> PairSets:
    """All pairs of the encoder's sources, in a stable order. InvalidData if its file is gone."""
    from_rows = paired(meanings_of(encoder.workspace, encoder.sources), seed=encoder.seed)
    if PairSource.FILE not in encoder.sources:
        return from_rows
    frozen = frozen_texts(encoder.workspace)
    given = parted(
        pair
        for pair in read_kept_pairs(Path(settings.MODEL_DIR) / encoder.pairs_file)
        if canonical(pair.first) not in frozen and canonical(pair.second) not in frozen
    )
    return PairSets((*from_rows.learned, *given.learned), (*from_rows.held_out, *given.held_out))


def meanings_of(workspace: Workspace, sources: Sequence[str]) -> tuple[Meaning, ...]:
    """Texts by what they mean, cases of the evaluation set left out.

    Texts of an intent mean the same wherever they come from; an article without an intent is a meaning of its own.
    """
    groups: defaultdict[str, _Group] = defaultdict(lambda: _Group(set(), set()))
    frozen = frozen_texts(workspace)
    for source, read in (
        (PairSource.UTTERANCES, _utterances),
        (PairSource.ARTICLES, _articles),
        (PairSource.CHAT, _logged),
    ):
        if source in sources:
            for name, text, is_answer in read(workspace):
                if canonical(text) and canonical(text) not in frozen:
                    (groups[name].answers if is_answer else groups[name].texts).add(text)
    return tuple(
        Meaning(name, tuple(sorted(group.texts)), tuple(sorted(group.answers)))
        for name, group in sorted(groups.items())
    )


def frozen_texts(workspace: Workspace) -> set[str]:
    """Canonical texts that nothing may learn from.

    A correction whose utterance was deleted is judged like any other case; its message is in the chat log still.
    """
    cases = EvaluationCase.objects.filter(workspace=workspace)
    return set(cases.untaught().values_list("normalized", flat=True))


def _utterances(workspace: Workspace) -> Iterator[tuple[str, str, bool]]:
    # Nobody has said a generated one; it may be made from a text that no encoder may learn.
    rows = Utterance.objects.filter(workspace=workspace, intent__isnull=False).real().order_by("id")
    for text, intent in rows.values_list("text", "intent__name").iterator(chunk_size=2000):
        yield _intent(intent), text, False


def _articles(workspace: Workspace) -> Iterator[tuple[str, str, bool]]:
    rows = Article.objects.filter(workspace=workspace, status="published").order_by("id")
    passages: defaultdict[int, list[str]] = defaultdict(list)
    found = Passage.objects.filter(workspace=workspace, position__lt=PASSAGES).order_by("article_id", "position")
    for article_id, text in found.values_list("article_id", "text"):
        passages[article_id].append(text)
    for pk, intent, title, questions in rows.values_list(
        "id", "intent__name", "published_revision__title", "published_revision__questions"
    ):
        name = _intent(intent) if intent else f"article {pk}"
        for text in (title or "", *(questions or "").splitlines()):
            yield name, text.strip(), False
        for text in passages[pk]:
            yield name, text, True


def _logged(workspace: Workspace) -> Iterator[tuple[str, str, bool]]:
    # The log remembers names of intents that were deleted or renamed since.
    known = set(Intent.objects.filter(workspace=workspace).values_list("name", flat=True))
    for example in logged_questions(workspace):
        if example.intent in known:
            yield _intent(example.intent), example.text, False


def logged_questions(workspace: Workspace) -> Iterable[Example]:
    """Customers' questions with their intents, from whoever above keeps conversations."""
    answers = logged_questions_wanted.send(sender=Workspace, workspace_id=workspace.pk, limit=MOST_LOGGED)
    given: list[Iterable[Example]] = [examples for _receiver, examples in answers]  # type: ignore[misc]
    return [example for examples in given for example in islice(examples, MOST_LOGGED)]


def _intent(name: str) -> str:
    return f"intent {name}"


def locales_of(pairs: PairSets, workspace: Workspace) -> list[str]:
    """The languages of the questions, commonest first; those of a few questions are left out."""
    questions = {pair.first for pair in (*pairs.learned, *pairs.held_out)}
    counts = Counter(detect_locale(text, default=workspace.default_locale) for text in questions)
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [name for name, count in ranked if count >= NOTICED_LOCALE * len(questions)]


def keep_pairs(*, workspace: Workspace, file: TextIO, is_csv: bool) -> str:
    """Mask the pairs of a file and keep them until an encoder has learned from them; where, relative to MODEL_DIR.

    InvalidPair for a line that is none, InvalidData for a file without any.
    """
    pairs = [
        QuestionPair(
            mask_for_workspace(workspace.pk, pair.first), mask_for_workspace(workspace.pk, pair.second), pair.same
        )
        for pair in read_pairs(file, is_csv=is_csv)
    ]
    if not pairs:
        raise UnreadableFile("empty")
    place = f"{FOLDER}/{workspace.slug}/pairs-{uuid.uuid4().hex}.jsonl.gz"
    path = Path(settings.MODEL_DIR) / place
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    try:
        with gzip.open(unfinished, "wt", encoding="utf-8") as kept:
            for pair in pairs:
                kept.write(json.dumps([pair.first, pair.second, pair.same], ensure_ascii=False) + "\n")
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return place


def read_kept_pairs(path: Path) -> Iterator[QuestionPair]:
    """What `keep_pairs` wrote. InvalidData if it is gone or damaged."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                first, second, same = json.loads(line)
                yield QuestionPair(str(first), str(second), bool(same))
    except (OSError, EOFError, ValueError) as error:
        raise InvalidData("the uploaded file of pairs is gone or damaged") from error


def forget_pairs(place: str) -> None:
    """Delete what `keep_pairs` wrote; nothing for an empty place."""
    if place:
        (Path(settings.MODEL_DIR) / place).unlink(missing_ok=True)


def sweep_files(workspace: Workspace) -> None:
    """Delete what processes that died have left: uploads and folders of no row, older than `LEFT_BEHIND`.

    A younger one may be of a request or a training that goes on.
    """
    folder = Path(settings.MODEL_DIR) / FOLDER / workspace.slug
    if not folder.is_dir():
        return
    rows = TrainedEncoder.objects.values_list("pairs_file", "folder")
    wanted = {place for row in rows for place in row if place}
    oldest = (timezone.now() - LEFT_BEHIND).timestamp()
    for path in folder.iterdir():
        # What cannot be deleted is no reason not to train.
        with suppress(OSError):
            if f"{FOLDER}/{workspace.slug}/{path.name}" in wanted or path.lstat().st_mtime > oldest:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
