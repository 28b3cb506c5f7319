"""Pairs from texts that mean the same, and honest measures for encoders that have learned from labels."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest
import torch

from nlu.errors import CorruptArtifact, InvalidPair, NotJudged
from nlu.held_out import read_answers
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.encoder_folder import load_encoder, write_encoder
from nlu.pipeline.exact_matcher import text_key
from nlu.pipeline.features import NgramSpec
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.training.dataset import Dataset
from nlu.training.encoder_fit import EncoderConfig, config_for, fit_encoder
from nlu.training.folds import FEWEST_JUDGED
from nlu.training.gate_evidence import FrozenCase, case_pairs
from nlu.training.meanings import Meaning, is_reserved, paired, parted
from nlu.training.pair_files import read_pairs
from nlu.training.question_pairs import LONGEST_QUESTION, QuestionPair
from nlu.training.schedule import planned_epochs
from nlu.training.trainer import train
from nlu.types import Example, TrainingProgress
from tests.nlu.pipeline.corpus import QUICK

GROUPS = {
    name: tuple(f"{word} number {number}" for word in words for number in range(32))
    for name, words in {"refund": ("refund", "money back"), "parcel": ("parcel", "shipment")}.items()
}
MEANINGS = [Meaning(name, texts) for name, texts in GROUPS.items()]


def test_reserved_texts_are_a_fifth_and_told_by_their_canonical_form() -> None:
    texts = [f"a question about {number}" for number in range(2000)]
    assert 0.17 < sum(is_reserved(text) for text in texts) / len(texts) < 0.23
    assert all(is_reserved(text) == is_reserved(f"  {text.upper()} ") for text in texts[:200])


def test_nothing_is_learned_from_reserved_texts_and_everything_else_is_used() -> None:
    sets = paired(MEANINGS, seed=3)
    meaning_of = {text: name for name, texts in GROUPS.items() for text in texts}
    learned = {text for pair in sets.learned for text in (pair.first, pair.second)}
    assert learned == {text for text in meaning_of if not is_reserved(text)}
    assert sets.held_out
    assert all(is_reserved(pair.first) and not is_reserved(pair.second) for pair in sets.held_out)
    for pair in (*sets.learned, *sets.held_out):
        assert pair.same == (meaning_of[pair.first] == meaning_of[pair.second])
        assert pair.meaning == meaning_of[pair.first]
    assert paired(MEANINGS[::-1], seed=3) == sets != paired(MEANINGS, seed=4)


def test_answers_mean_the_same_as_the_texts_and_not_as_each_other() -> None:
    texts = tuple(text for text in GROUPS["parcel"] if not is_reserved(text))[:3]
    answers = tuple(text for text in ("It leaves today.", "We ship on Mondays.") if not is_reserved(text))
    sets = paired([Meaning("article 1", texts, answers)], seed=0)
    with_answers = [pair for pair in sets.learned if pair.second in answers]
    assert len(with_answers) == len(texts) * len(answers) > 0
    assert not any(pair.first in answers for pair in sets.learned)
    # One meaning alone has nothing that differs from it.
    assert all(pair.same for pair in sets.learned)


def test_a_long_text_is_reserved_as_a_whole() -> None:
    texts = [f"{'a long story ' * 50}{number}" for number in range(30)]
    assert len({text[:LONGEST_QUESTION] for text in texts}) == 1
    expected = {text for text in texts if is_reserved(text)}
    assert 0 < len(expected) < len(texts)
    other = next(text for text in ("one", "two", "three", "four") if not is_reserved(text))
    lines = "".join(f"{text},{other}\n" for text in texts)
    read = tuple(read_pairs(io.StringIO(f"q1,q2\n{lines}", newline=""), is_csv=True))
    for sets in (
        paired([Meaning("story", tuple(texts))], seed=0),
        parted(read),
    ):
        assert {pair.first for pair in sets.held_out} == expected
        learned = {pair.first for pair in sets.learned}
        assert learned
        assert not learned & expected


def test_pairs_of_a_file_are_parted_by_their_texts() -> None:
    pairs = [QuestionPair(f"one {number}", f"two {number}", same=number % 2 == 0) for number in range(100)]
    sets = parted(pairs)
    assert len(sets.learned) + len(sets.held_out) == 100
    assert not any(is_reserved(pair.first) or is_reserved(pair.second) for pair in sets.learned)
    assert sets.same == sum(pair.same for pair in sets.learned)


@pytest.mark.parametrize(
    ("content", "is_csv"),
    [
        ("q1,q2,label\nmoney back,refund,1\nrefund,parcel,0\n", True),
        ("Text1,Text2,Same\nmoney back,refund,yes\nrefund,parcel,no\n", True),
        ('{"q1": "money back", "q2": "refund"}\n\n{"q1": "refund", "q2": "parcel", "label": 0}\n', False),
    ],
)
def test_a_file_of_pairs_is_read(content: str, is_csv: bool) -> None:
    assert list(read_pairs(io.StringIO(content, newline=""), is_csv=is_csv)) == [
        QuestionPair("money back", "refund", same=True),
        QuestionPair("refund", "parcel", same=False),
    ]


@pytest.mark.parametrize(
    ("content", "is_csv", "code", "line"),
    [
        ("text,intent\na,b\n", True, "no_columns", 1),
        ("", True, "no_columns", 1),
        ("q1,q2\na,b\nc,\n", True, "no_text", 3),
        ("q1,q2,label\na,b,maybe\n", True, "label", 2),
        ('{"q1": "a", "q2": "b"}\n{"q1"', False, "not_json", 2),
        ("[]\n", False, "not_json", 1),
        ('{"q1": "a", "q2": 7}\n', False, "no_text", 1),
        ('{"q1": "a", "q2": "\\ud83d\\ude00"}\n{"q1": "a", "q2": "\\ud83d"}\n', False, "characters", 2),
        ('{"q1": "a\\u0000", "q2": "b"}\n', False, "characters", 1),
    ],
)
def test_a_line_that_is_no_pair_is_named(content: str, is_csv: bool, code: str, line: int) -> None:
    with pytest.raises(InvalidPair) as caught:
        list(read_pairs(io.StringIO(content, newline=""), is_csv=is_csv))
    assert (caught.value.code, caught.value.line) == (code, line)


def blank_encoder(*learned: str) -> PairEncoder:
    vocabulary = NgramVocabulary.build(["zzz"], NgramSpec())
    keys = np.unique(np.array([text_key(text) for text in learned], dtype=np.int64))
    return PairEncoder(vocabulary, torch.zeros(len(vocabulary), 4), reserves=True, learned=keys)


def test_a_model_is_judged_by_what_its_encoder_has_not_learned_from(tmp_path: Path) -> None:
    write_encoder(tmp_path / "encoder", blank_encoder("Come  back"), manifest={}, card="")
    encoder = load_encoder(tmp_path / "encoder")
    assert encoder.reserves
    examples = [Example(text, name) for name, texts in GROUPS.items() for text in texts]
    reserved = {text_key(example.text) for example in examples if is_reserved(example.text)}
    assert len(reserved) >= FEWEST_JUDGED
    told: list[TrainingProgress] = []
    result = train(
        Dataset.of(examples), output_dir=tmp_path / "model", config=QUICK, encoder=encoder, progress=told.append
    )
    assert {answer.key for answer in read_answers(result.folder)} == reserved
    # The figures rest on all of them, and two fits were planned and done: one that judges, and the last.
    assert result.evaluation.metrics.n == len(reserved)
    assert {one.stage for one in told} == {"validation 1/1", "final"}
    assert told[-1].epoch == told[-1].epochs == planned_epochs(len(examples), QUICK, one_fold=True, besides=2)
    plain = train(Dataset.of(examples), output_dir=tmp_path / "plain", config=QUICK)
    assert len(read_answers(plain.folder)) == len(examples)
    assert planned_epochs(len(examples), QUICK) > planned_epochs(len(examples), QUICK, one_fold=True)

    # A case that is younger than the encoder says nothing, whichever of the two versions it belongs to.
    cases = [
        FrozenCase(1, Example("come back", "refund")),
        FrozenCase(2, Example("come again", "refund")),
        FrozenCase(3, Example("Come back", "refund"), taught=True),
    ]
    models = NluPipeline.load(result.folder), NluPipeline.load(plain.folder)
    for pair in (models, models[::-1]):
        pairs, corrections, leaked = case_pairs(*pair, cases, (pair[0].thresholds, pair[1].thresholds))
        assert ([one.case for one in pairs], [one.case for one in corrections], leaked) == ([2], [3], 1)
    pairs, _corrections, leaked = case_pairs(models[1], models[1], cases, (models[1].thresholds,) * 2)
    assert ([one.case for one in pairs], leaked) == ([1, 2], 0)


def test_a_folder_from_before_the_learned_texts_were_noted_is_read(tmp_path: Path) -> None:
    write_encoder(tmp_path / "now", blank_encoder("b", "a"), manifest={}, card="")
    content = read_folder(tmp_path / "now")
    assert sorted(load_encoder(tmp_path / "now").learned) == sorted([text_key("a"), text_key("b")])
    older = {name: value for name, value in content.tensors.items() if name != "encoder.learned"}
    write_folder(tmp_path / "older", manifest={}, documents=content.documents, tensors=older)
    assert len(load_encoder(tmp_path / "older").learned) == 0
    for damaged in (np.array([3, 2]), np.array([-1, 2]), np.array([[1, 2]]), np.array([1, 2], dtype=np.float32)):
        tensors = {**older, "encoder.learned": damaged}
        write_folder(tmp_path / "forged", manifest={}, documents=content.documents, tensors=tensors)
        with pytest.raises(CorruptArtifact):
            load_encoder(tmp_path / "forged")


def test_a_large_data_set_holds_out_reserved_texts_for_both(tmp_path: Path) -> None:
    config = dataclasses.replace(QUICK, cross_validate_below=10)
    examples = [Example(text, name) for name, texts in GROUPS.items() for text in texts]
    keys = []
    for name, encoder in (("with", blank_encoder()), ("without", None)):
        result = train(
            Dataset.of(examples), output_dir=tmp_path / name, config=config, encoder=encoder, apart=True
        )
        keys.append({answer.key for answer in read_answers(result.folder)})
    assert keys[0] == keys[1]
    assert keys[0] <= {text_key(example.text) for example in examples if is_reserved(example.text)}
    assert keys[0]


def test_too_few_texts_to_judge_by_are_refused(tmp_path: Path) -> None:
    examples = [Example(text, name) for name, texts in GROUPS.items() for text in texts[:6]]
    with pytest.raises(NotJudged):
        train(Dataset.of(examples), output_dir=tmp_path / "model", config=QUICK, encoder=blank_encoder())
    assert not (tmp_path / "model").exists()


def test_few_pairs_get_more_passes_and_time_ends_the_fit() -> None:
    assert config_for(100_000) == EncoderConfig()
    assert config_for(300).epochs > EncoderConfig().epochs
    sets = paired(MEANINGS, seed=0)
    result = fit_encoder(
        sets.learned,
        config=config_for(len(sets.learned)),
        seed=0,
        progress=lambda _progress: None,
        should_cancel=lambda: False,
        held_out=sets.held_out,
        seconds=0.0,
    )
    assert result.epochs < config_for(len(sets.learned)).epochs
    assert (result.pairs, result.held_out) == (len(sets.learned), len(sets.held_out))
    texts = {text for pair in sets.learned for text in (pair.first, pair.second)}
    assert result.encoder.learned.tolist() == sorted(map(text_key, texts))
    assert result.auroc is not None
