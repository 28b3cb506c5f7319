from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from nlu.errors import InvalidData
from nlu.training.dataset import Dataset
from nlu.types import Example
from tests.bench.understanding.__main__ import measured
from tests.bench.understanding.job import Job, NotMeasured
from tests.bench.understanding.page import BEGIN, END, cell, renewed, section, table
from tests.bench.understanding.parts import PARTS, Part, Row
from tests.bench.understanding.results import Measured, ResultsFile, key_of
from tests.bench.understanding.sets import PublicSets, halves, hidden_intents, in_context, visitor_turns, without


def write(folder: Path, name: str, rows: list[dict]) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")


def row_of(figures: dict[str, float], *, seed: int = 0, refused: str = "") -> Measured:
    return Measured("toys", "ngram", seed, figures, refused, 2.0, "2026-01-02T00:00:00+00:00", "abc")


def part_of(measure, files: tuple[str, ...] = ()) -> Part:
    return Part("toys", measure, files, ("ngram",), (Row("accuracy", ("accuracy",), "90"),))


def job_in(folder: Path) -> Job:
    return Job(PublicSets(folder), folder, "ngram", 0)


def test_a_broken_run_resumes_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bench" / "results.json"
    ResultsFile(path).add(row_of({"accuracy": 0.5}))
    again = ResultsFile(path)
    assert again.get(key_of("toys", "ngram", 0)) == row_of({"accuracy": 0.5})
    assert again.get(key_of("toys", "ngram", 1)) is None


def test_what_was_refused_is_kept_for_the_page_and_tried_again(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "results.json")
    results.add(row_of({}, refused="not installed"))
    assert results.get(key_of("toys", "ngram", 0)) is None
    assert "toys, n-grams: not installed" in table([part_of(lambda job: {})], results)


def test_a_part_says_what_is_missing(tmp_path: Path) -> None:
    part = part_of(lambda job: {"accuracy": 1.0}, ("toys/train.jsonl",))
    row = measured(part, job_in(tmp_path), "abc")
    assert row.refused == "not in the data folder: toys/train.jsonl"
    assert not row.figures


def test_a_part_with_its_data_is_measured(tmp_path: Path) -> None:
    write(tmp_path, "toys/train.jsonl", [{"text": "a", "intent": "b"}])
    row = measured(part_of(lambda job: {"accuracy": 1.0}, ("toys/train.jsonl",)), job_in(tmp_path), "abc")
    assert (row.figures, row.refused, row.commit) == ({"accuracy": 1.0}, "", "abc")


@pytest.mark.parametrize("error", [NotMeasured("minilm is not installed"), InvalidData("minilm is not installed")])
def test_an_encoder_that_is_not_installed_is_a_reason(tmp_path: Path, error: Exception) -> None:
    def measure(job: Job) -> dict[str, float]:
        raise error

    assert measured(part_of(measure), job_in(tmp_path), "abc").refused == "minilm is not installed"


def test_a_cell_shows_means_and_how_far_seeds_lie_apart() -> None:
    row = Row("accuracy and time", ("accuracy",), "90")
    assert cell(row, [row_of({"accuracy": 0.912})]) == "91.2 %"
    assert cell(row, [row_of({"accuracy": 0.90}), row_of({"accuracy": 0.94}, seed=1)]) == "92.0 % (± 2.0)"
    assert cell(Row("", ("ms", "other"), "", "ms"), [row_of({"ms": 1.234, "other": 15.0})]) == "1.23 / 15.0 ms"
    assert cell(Row("", ("absent",), ""), [row_of({"accuracy": 0.9})]) == ""


def test_the_page_keeps_its_words_around_the_figures(tmp_path: Path) -> None:
    results = ResultsFile(tmp_path / "results.json")
    results.add(row_of({"accuracy": 0.9}))
    page = renewed(f"# Words\n\n{BEGIN}\nold\n{END}\n\nmore words\n", section([part_of(lambda job: {})], results))
    assert page.startswith("# Words\n") and page.endswith("more words\n")
    assert "old" not in page
    assert "| toys | accuracy | n-grams | 90.0 % | 90 | 0 |" in page
    with pytest.raises(ValueError, match="no place"):
        renewed("# Words\n", "figures")


def test_every_part_has_a_protocol_and_a_name_of_its_own() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)
    assert all(part.protocol and part.rows and part.variants for part in PARTS)


def test_judged_texts_are_taken_out_of_training(tmp_path: Path) -> None:
    judged = [{"text": "Where is my card?", "intent": "card"}]
    write(tmp_path, "banking77/fewshot_valid.jsonl", judged)
    write(
        tmp_path,
        "banking77/train.jsonl",
        [{"text": "where is my card", "intent": "card"}, {"text": "pin", "intent": "pin"}],
    )
    split = PublicSets(tmp_path).banking77()
    assert [example.text for example in split.train.examples] == ["pin"]
    assert [example.intent for example in split.judged.examples] == ["card"]


def test_the_sets_own_name_for_strangers_is_no_intent_and_rows_without_text_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "bq/oos.jsonl", [{"text": "天气", "intent": "oos"}, {"text": " ", "intent": "oos"}])
    assert [example.intent for example in PublicSets(tmp_path).dataset("bq/oos.jsonl").examples] == [""]


def toys() -> Dataset:
    return Dataset.of(Example(f"{name} {number}", name) for name in "abcdefgh" for number in range(8))


def test_hidden_intents_are_never_trained_or_judged() -> None:
    split = hidden_intents(toys(), seed=1)
    hidden = {example.text[0] for example in split.strangers}
    known = {example.intent for example in (*split.train.examples, *split.judged.examples)}
    assert len(hidden) == 2 and not hidden & known
    assert (len(split.train), len(split.judged), len(split.strangers)) == (36, 12, 16)
    assert not {example.text for example in split.train.examples} & {e.text for e in split.judged.examples}
    assert not any(example.intent for example in split.strangers)
    assert hidden_intents(toys(), seed=1) == split != hidden_intents(toys(), seed=2)


def test_halves_share_nothing_and_lose_nothing() -> None:
    one, other = halves(toys(), seed=0)
    assert len(one) == len(other) == 32
    assert len(without(one, other)) == 32
    assert len(without(one, one)) == 0


def test_a_dialogue_becomes_turns_that_know_what_came_before() -> None:
    turns = visitor_turns(
        [
            {
                "role": "usr",
                "text": "找酒店",
                "acts": [["Inform", "酒店", "类型", "舒适"], ["Inform", "酒店", "评分", "4"]],
            },
            {"role": "sys", "text": "北京酒店", "acts": [["Inform", "酒店", "名称", "北京酒店"]]},
            {"role": "usr", "text": "谢谢", "acts": [["General", "thank", "none", "none"]]},
        ]
    )
    first, second = in_context(turns)
    assert first.intents == ("Inform-酒店",)
    assert first.context.previous_intents == () and first.context.last_bot_act == ""
    assert second.intents == ("General-thank",)
    assert second.context.previous_intents == ("Inform-酒店",)
    assert (second.context.last_bot_act, second.context.previous_message) == ("Inform-酒店", "找酒店")
    assert turns[1].bot_text == "北京酒店"
