"""Marks that contradict each other, and values that are listed twice."""

from __future__ import annotations

from nlu.data_health.marks import find_contradictions, find_overlaps
from nlu.data_health.texts import TaughtText
from nlu.pipeline.entity_resolver import EntityList, ListValue

SEND, BUY = 1, 2


def marked(pk: int, text: str, *marks: tuple[str, str], intent: int = SEND) -> TaughtText:
    """A text with the first place of each of the words marked."""
    spans = tuple((text.index(words), text.index(words) + len(words), kind) for words, kind in marks)
    return TaughtText(pk, text, intent, spans=spans)


CITY = EntityList("city", (ListValue("Oslo", ("Christiania",)), ListValue("New York")))


def test_words_marked_as_two_types() -> None:
    rows = [
        marked(1, "send it to Oslo", ("Oslo", "city")),
        marked(2, "OSLO is where I live", ("OSLO", "city")),
        marked(3, "to Oslo please", ("Oslo", "brand")),
    ]
    (found,) = find_contradictions(rows, ())
    assert (found.problem, found.words, found.expected) == ("two_types", "Oslo", "city")
    assert [(one.utterance, one.start, one.end, one.type) for one in found.places] == [(3, 3, 7, "brand")]
    assert dict(found.counts) == {"city": 2, "brand": 1}


def test_words_left_unmarked_where_most_are_marked() -> None:
    rows = [
        marked(1, "send it to Oslo", ("Oslo", "city")),
        marked(2, "Oslo, please", ("Oslo", "city")),
        marked(3, "寄到 ＯＳＬＯ 去"),
        marked(4, "what is Oslography"),
    ]
    (found,) = find_contradictions(rows, ())
    assert (found.problem, found.expected) == ("unmarked", "city")
    assert [(one.utterance, one.start, one.end, one.type) for one in found.places] == [(3, 3, 7, "")]


def test_an_intent_that_does_not_speak_of_the_type_is_left_alone() -> None:
    rows = [
        marked(1, "send 4 parcels, seat 44", ("44", "seat")),
        marked(2, "rows of seat 44", ("44", "seat")),
        marked(3, "44 lanterns", ("44", "amount"), intent=BUY),
        marked(4, "buy 44 of them", ("44", "amount"), intent=BUY),
        marked(5, "to Oslo at once", ("Oslo", "city")),
        marked(6, "to Oslo", ("Oslo", "city")),
        marked(7, "is Oslo a lantern", intent=BUY),
    ]
    assert find_contradictions(rows, ()) == ()


def test_words_inside_a_longer_mark_are_not_unmarked() -> None:
    rows = [
        marked(1, "to York", ("York", "city")),
        marked(2, "from York", ("York", "city")),
        marked(3, "to New York", ("New York", "city")),
    ]
    assert find_contradictions(rows, ()) == ()


def test_a_listed_value_that_nobody_marked() -> None:
    rows = [
        marked(1, "to Bergen", ("Bergen", "city")),
        marked(2, "to Hamar", ("Hamar", "city")),
        marked(3, "to Molde", ("Molde", "city")),
        marked(4, "and to christiania too"),
    ]
    (found,) = find_contradictions(rows, (CITY,))
    assert (found.problem, found.expected, found.places[0].utterance) == ("unmarked", "city", 4)
    # A type that is found by its list alone needs no marks.
    assert find_contradictions(rows[3:], (CITY,)) == ()


def test_a_listed_value_marked_as_another_type() -> None:
    (found,) = find_contradictions([marked(1, "the Oslo lantern", ("Oslo", "product"))], (CITY,))
    assert (found.problem, found.expected, found.places[0].type) == ("listed_elsewhere", "city", "product")
    assert find_contradictions([marked(1, "the Oslo lantern", ("Oslo", "city"))], (CITY,)) == ()


def test_lone_numbers_and_characters_are_never_missing_marks() -> None:
    rows = [
        marked(1, "send 4", ("4", "amount")),
        marked(2, "send 4 more", ("4", "amount")),
        marked(3, "on day 4"),
        marked(4, "寄件", ("寄", "way")),
        marked(5, "寄走", ("寄", "way")),
        marked(6, "寄到"),
    ]
    assert find_contradictions(rows, ()) == ()


def test_the_longest_form_at_a_place_counts_also_where_the_text_ends() -> None:
    ports = EntityList("city", (ListValue("Port"), ListValue("Port Sud"), ListValue("Port Sud Haven")))
    rows = [
        marked(1, "to Bergen", ("Bergen", "city")),
        marked(2, "to Hamar", ("Hamar", "city")),
        marked(3, "to Molde", ("Molde", "city")),
        marked(4, "to port sud"),
        marked(5, "to portland, port sud havens and port"),
    ]
    found = {
        one.words: [(it.utterance, it.start, it.end) for it in one.places]
        for one in find_contradictions(rows, (ports,))
    }
    assert found == {"port sud": [(4, 3, 11), (5, 13, 21)], "port": [(5, 33, 37)]}


def test_a_long_list_of_values_that_begin_alike() -> None:
    albums = EntityList("album", tuple(ListValue(f"the long album {number}") for number in range(10_000)))
    rows = [
        marked(number, f"play the long album {number}", (f"the long album {number}", "album"))
        for number in range(1, 4)
    ]
    rows += [
        marked(number, f"the other thing that they thought of, then the long album {number}")
        for number in range(4, 2000)
    ]
    found = find_contradictions(rows, (albums,))
    assert len(found) == 1996
    assert {(one.problem, one.expected, len(one.places)) for one in found} == {("unmarked", "album", 1)}


def test_values_listed_twice() -> None:
    lists = (
        EntityList("city", (ListValue("Oslo", ("Christiania",)), ListValue("Kristiania", ("CHRISTIANIA",)))),
        EntityList("ship", (ListValue("oslo"), ListValue("Fram"))),
    )
    found = {one.words: (one.problem, set(one.values)) for one in find_overlaps(lists)}
    assert found == {
        "Oslo": ("two_types", {("city", "Oslo"), ("ship", "oslo")}),
        "Christiania": ("two_values", {("city", "Oslo"), ("city", "Kristiania")}),
    }
    assert find_overlaps((EntityList("city", (ListValue("Oslo", ("oslo", "OSLO")),)),)) == ()
