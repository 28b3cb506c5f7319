"""Agents of Dialogflow ES: what is read of one, mistakes in its files, and archives made to do harm."""

from __future__ import annotations

import io
import struct
import tracemalloc
import warnings
import zipfile

import pytest

from nlu.errors import UnreadableFile
from nlu.formats import archive
from nlu.formats.dialogflow_reader import read_dialogflow
from nlu.formats.records import Note, PatternEntry, Phrase, Problem, Record, TypeEntry, ValueEntry
from tests.nlu.formats.agents import entity, hotel, intent, packed, phrase


def records(files: dict[str, object], kind: type[Record]) -> list[Record]:
    return [one for one in read_dialogflow(io.BytesIO(packed(files))) if isinstance(one, kind)]


def test_phrases_marks_and_languages_are_read() -> None:
    found = records(hotel(), Phrase)
    texts = {one.text: one for one in found}
    assert {text: (one.intent, one.locale) for text, one in texts.items()} == {
        "yes please": ("room.booking - yes", "en"),
        "a double room for two nights": ("book_room", "en"),
        "a room for Ann on Monday.": ("book_room", "en"),
        "anything free?": ("book_room", "en"),
        "我要双人间，住两晚": ("book_room", "zh-hans"),
        "tell me a joke": ("", "en"),
    }
    assert texts["a double room for two nights"].entities == ((2, 8, "room_type"), (18, 28, "duration"))
    assert texts["a room for Ann on Monday."].entities == ((18, 24, "date"),)
    assert texts["我要双人间，住两晚"].entities == ((2, 5, "room_type"), (7, 9, "duration"))
    second = texts["a room for Ann on Monday."]
    assert (second.file, second.line) == ("intents/book_room_usersays_en.json", 2)
    assert records(hotel(), Note) == [Note("plain_mark", "@sys.given-name")]
    assert records(hotel(), Problem) == []


def test_entries_of_all_languages_and_regular_expressions_are_read() -> None:
    values = [(one.type, one.value, one.synonyms) for one in records(hotel(), ValueEntry)]
    assert values == [
        ("room_type", "double", ("double", "twin", "room for two")),
        ("room_type", "single", ("single",)),
        ("room_type", "double", ("双人间",)),
    ]
    assert [(one.type, one.pattern) for one in records(hotel(), PatternEntry)] == [("booking-no", "B[0-9]{6}")]
    assert [one.type for one in records(hotel(), TypeEntry)] == ["booking-no", "room_type"]


def test_an_agent_in_a_folder_and_one_from_before_languages_are_read() -> None:
    files = {f"My Agent/{name}": content for name, content in hotel().items()}
    assert len(records(files, Phrase)) == 6
    old = {
        "agent.json": {"language": "zh-cn"},
        "intents/hi.json": intent("hi", userSays=[phrase("你好")]),
        "entities/size.json": entity("size", entries=[{"value": "L", "synonyms": ["大"]}]),
    }
    assert [(one.text, one.locale) for one in records(old, Phrase)] == [("你好", "zh-hans")]
    assert [one.value for one in records(old, ValueEntry)] == ["L"]


@pytest.mark.parametrize(
    ("name", "content", "line", "code"),
    [
        ("intents/book_room_usersays_de.json", b"{nonsense", 0, "bad_json"),
        ("intents/book_room_usersays_de.json", b"\xff\xfe", 0, "bad_json"),
        ("intents/book_room_usersays_de.json", b"[" * 200_000, 0, "bad_json"),
        ("intents/book_room_usersays_de.json", {}, 0, "not_a_list"),
        ("intents/book_room_usersays_de.json", [{"data": []}], 1, "bad_phrase"),
        ("intents/book_room_usersays_de.json", [{"data": [{"text": 7}]}], 1, "bad_phrase"),
        ("intents/book_room_usersays_de.json", ["words"], 1, "bad_phrase"),
        ("intents/book_room_usersays_de.json", [phrase("  ")], 1, "bad_phrase"),
        (
            "intents/book_room_usersays_de.json",
            [phrase("@sys.date:date off", isTemplate=True)],
            1,
            "template_phrase",
        ),
        ("intents/lost_usersays_en.json", [phrase("hello")], 0, "no_intent_file"),
        ("intents/broken.json", b"no", 0, "bad_json"),
        ("intents/broken.json", {"name": 7}, 0, "no_name"),
        ("entities/lost_entries_en.json", [], 0, "no_entity_file"),
        ("entities/room_type_entries_de.json", [{"value": ""}], 1, "bad_entry"),
        ("entities/room_type_entries_de.json", [{"value": "a", "synonyms": [1]}], 1, "bad_entry"),
        ("entities/room_type_entries_de.json", [{"value": "@size @color", "synonyms": []}], 1, "composite_entry"),
    ],
)
def test_a_mistake_is_named_by_its_file_and_the_rest_is_kept(
    name: str, content: object, line: int, code: str
) -> None:
    files = hotel() | {name: content}
    assert [(one.file, one.line, one.code) for one in records(files, Problem)] == [(name, line, code)]
    assert len(records(files, Phrase)) == 6
    assert len(records(files, ValueEntry)) == 3


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(read_dialogflow(io.BytesIO(data)))
    return caught.value.code


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"nonsense" * 100, packed(hotel())[:-30], b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    assert refused(data) in {"not_zip", "zip_many"}


def test_an_archive_without_an_agent_is_refused() -> None:
    assert refused(packed({"intents/a.json": intent("a")})) == "no_agent"
    assert refused(packed({"agent.json": b"no json"})) == "no_agent"
    assert refused(packed({"agent.json": []})) == "no_agent"


@pytest.mark.parametrize(
    "name", ["../agent.json", "/etc/passwd", "intents/../../x.json", "C:\\x.json", "intents\\..\\x.json", "a\x01b"]
)
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    assert refused(packed(hotel() | {name: b"{}"})) == "zip_name"


def test_a_name_that_is_longer_than_a_report_can_quote_is_refused() -> None:
    assert refused(packed(hotel() | {"n" * 301: b"{}"})) == "zip_long"
    assert archive.Archive(io.BytesIO(packed({"n" * 300: b"{}"}))).names() == ["n" * 300]


def test_a_name_that_occurs_twice_is_refused() -> None:
    assert refused(packed(hotel() | {"INTENTS/book_room.json": b"{}"})) == "zip_twice"
    target = io.BytesIO(packed(hotel()))
    with warnings.catch_warnings(), zipfile.ZipFile(target, "a") as zipped:
        warnings.simplefilter("ignore")
        zipped.writestr("agent.json", "{}")
    assert refused(target.getvalue()) == "zip_twice"


def test_a_link_and_an_encrypted_file_are_refused() -> None:
    target = io.BytesIO(packed(hotel()))
    with zipfile.ZipFile(target, "a") as zipped:
        link = zipfile.ZipInfo("intents/link.json")
        link.external_attr = 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")
    assert refused(target.getvalue()) == "zip_link"
    data = bytearray(packed(hotel()))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(data)) == "zip_encrypted"


def test_a_damaged_file_is_refused() -> None:
    data = bytearray(packed(hotel()))
    data[40:48] = b"\xff" * 8
    assert refused(bytes(data)) == "zip_damaged"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 93])
def test_ways_of_packing_that_no_read_can_bound_are_refused_before_anything_is_unpacked(method: int) -> None:
    data = repacked(hotel(), zipfile.ZIP_STORED if method == 93 else method)
    if method == 93:
        at = data.index(b"PK\x01\x02") + 10
        data = data[:at] + struct.pack("<H", method) + data[at + 2 :]
    with pytest.raises(UnreadableFile) as caught:
        archive.Archive(io.BytesIO(data))
    assert caught.value.code == "zip_damaged"
    assert caught.value.detail == "agent.json"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_usual_ways_of_packing_are_read(method: int) -> None:
    found = list(read_dialogflow(io.BytesIO(repacked(hotel(), method))))
    assert len([one for one in found if isinstance(one, Phrase)]) == 6


def repacked(files: dict[str, object], method: int) -> bytes:
    """The archive with every file packed in one way."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(files))) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return target.getvalue()


@pytest.mark.timeout(60)
def test_a_small_bzip2_bomb_with_forged_sizes_takes_no_memory_to_speak_of() -> None:
    size = 200 << 20
    data = repacked({}, zipfile.ZIP_BZIP2)
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_BZIP2) as zipped, zipped.open("agent.json", "w") as entry:
        for _time in range(size >> 20):
            entry.write(bytes(1 << 20))
    forged = target.getvalue().replace(struct.pack("<I", size), struct.pack("<I", 10))
    assert len(forged) < 1000
    tracemalloc.start()
    try:
        assert refused(forged) == "zip_damaged"
        assert tracemalloc.get_traced_memory()[1] < archive.MOST_ENTRY_BYTES
    finally:
        tracemalloc.stop()


def bomb(size: int, *, declared: int | None = None) -> bytes:
    """An agent with one file of zeros; its list of contents may declare another size."""
    data = packed(hotel() | {"intents/zeros.json": b"0" * size})
    if declared is not None:
        data = data.replace(struct.pack("<I", size), struct.pack("<I", declared))
    return data


def test_bombs_are_refused_whatever_they_declare() -> None:
    assert len(bomb(archive.MOST_ENTRY_BYTES + 1)) < 100_000
    assert refused(bomb(archive.MOST_ENTRY_BYTES + 1)) == "zip_large"
    assert refused(bomb(archive.MOST_ENTRY_BYTES + 1, declared=10)) in {"zip_large", "zip_damaged"}
    zeros = b"0" * archive.MOST_ENTRY_BYTES
    many = {f"intents/zeros{number}.json": zeros for number in range(archive.MOST_TOTAL_BYTES // len(zeros) + 1)}
    assert refused(packed(hotel() | many)) == "zip_large"
    assert len(records(hotel() | {"intents/zeros.json": b"0" * 1000}, Phrase)) == 6


def test_an_archive_of_very_many_files_is_refused_before_its_list_is_read() -> None:
    data = bytearray(packed(hotel()))
    at = data.rindex(b"PK\x05\x06")
    struct.pack_into("<HH", data, at + 8, 60_000, 60_000)
    assert refused(bytes(data)) == "zip_many"
    files: dict[str, object] = {f"x/{number}": b"" for number in range(archive.MOST_ENTRIES + 1)}
    assert refused(packed(files)) == "zip_many"


def test_declared_sizes_are_refused_before_anything_is_unpacked() -> None:
    half = b"0" * (archive.MOST_ENTRY_BYTES // 2)
    many = {f"x/{number}": half for number in range(2 * archive.MOST_TOTAL_BYTES // archive.MOST_ENTRY_BYTES + 1)}
    for files in ({"x": b"0" * (archive.MOST_ENTRY_BYTES + 1)}, many):
        with pytest.raises(UnreadableFile) as caught:
            archive.Archive(io.BytesIO(packed(files)))
        assert caught.value.code == "zip_large"
    assert archive.Archive(io.BytesIO(packed({"x": half}))).read("x") == half


def test_sizes_are_counted_while_reading_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = archive.Archive(io.BytesIO(packed({"x": b"0" * archive.MOST_ENTRY_BYTES})))
    with pytest.raises(UnreadableFile) as caught:
        for _time in range(archive.MOST_TOTAL_BYTES // archive.MOST_ENTRY_BYTES + 1):
            assert len(opened.read("x")) == archive.MOST_ENTRY_BYTES
    assert caught.value.code == "zip_large"
    again = archive.Archive(io.BytesIO(packed({"x": b"0" * 100})))
    monkeypatch.setattr(archive, "MOST_ENTRY_BYTES", 99)
    with pytest.raises(UnreadableFile):
        again.read("x")


def test_a_list_longer_than_it_declares_is_refused() -> None:
    files: dict[str, object] = {f"x/{number}": b"" for number in range(archive.MOST_ENTRIES + 1)}
    data = bytearray(packed(files))
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, 1, 1)
    assert refused(bytes(data)) == "zip_many"
