"""Safe CSV files, pages, charts, comparisons, marked texts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from console import charts
from console.annotated import Span, cut
from console.differences import compare
from console.model_metrics import Confusion, matrix
from console.tables import chosen_ids, csv_response
from nlu.actions.utterance_edits import add_texts
from nlu.formats.cells import bare_cell, guarded_cell, safe_cell
from tests.console.screens.shop import Shop


@pytest.mark.parametrize("value", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=1", "  =1", "＝1", "-"])
def test_formulas_are_disarmed(value: str) -> None:
    assert safe_cell(value) == "'" + value


@pytest.mark.parametrize(
    ("value", "cell"), [("a=b", "a=b"), ("1-2", "1-2"), (-3.5, "-3.5"), ("+4", "+4"), (None, ""), (0, "0")]
)
def test_plain_values_stay(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@pytest.mark.parametrize("text", ["  =1", "=1", "'=1", "'  =1", "''=1", "-3", "plain", "'quoted'"])
def test_what_is_read_again_is_what_was_written(text: str) -> None:
    assert bare_cell(guarded_cell(text)) == text


def test_a_csv_file_is_utf8_that_spreadsheets_recognise() -> None:
    response = csv_response("x.csv", ["text"], [["你好, =1"], ["=1"]])
    assert b"".join(response.streaming_content) == '\ufefftext\r\n"你好, =1"\r\n\'=1\r\n'.encode()
    assert response["Content-Disposition"] == 'attachment; filename="x.csv"'


def test_posted_numbers_are_read_leniently() -> None:
    assert chosen_ids(["1", "x", "1", "-2", "9" * 30, "3"]) == [1, 3]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "²", "-1"])
def test_numbers_that_no_row_has_are_no_errors(teach: Client, shop: Shop, number: str) -> None:
    assert teach.get(reverse("console:articles"), {"intent": number}).status_code == 200
    exported = teach.get(reverse("console:intents_export", args=["csv"]), {"intent": number})
    assert b"parcel" not in b"".join(exported.streaming_content)
    add = {"intent": number, "text": "a new one"}
    assert teach.post(reverse("console:utterance_add"), add).status_code == 404
    assert teach.post(reverse("console:workspace_choose"), {"workspace": number}).status_code == 404


def test_numbers_that_a_row_has_find_it(teach: Client, shop: Shop) -> None:
    number = str(shop.track.pk)
    exported = teach.get(reverse("console:intents_export", args=["csv"]), {"intent": number})
    assert b"parcel" in b"".join(exported.streaming_content)
    add = {"intent": number, "text": "a new one"}
    assert teach.post(reverse("console:utterance_add"), add).status_code == 302
    chosen = {"workspace": str(shop.workspace.pk)}
    assert teach.post(reverse("console:workspace_choose"), chosen).status_code == 302


def test_long_lists_have_pages(teach: Client, shop: Shop) -> None:
    texts = [f"question number {number}" for number in range(60)]
    add_texts(workspace=shop.workspace, intent=shop.track, texts=texts, locale="en", actor=None)
    url = reverse("console:intent", args=[shop.track.pk])
    first = teach.get(url).content.decode()
    assert "1–50 of 63" in first
    assert 'href="?page=2"' in first
    assert "51–63 of 63" in teach.get(url, {"page": "2"}).content.decode()
    assert "51–63 of 63" in teach.get(url, {"page": "99"}).content.decode()
    assert "1–50 of 63" in teach.get(url, {"page": "nonsense"}).content.decode()


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (3, 5), (7, 10), (14, 20), (101, 200)])
def test_scales_end_at_round_numbers(value: int, top: int) -> None:
    assert charts.round_top(value) == top


def test_bars_stand_on_each_other() -> None:
    chart = charts.stacked_bars([("a", (1, 1)), ("b", (0, 2))], width=20, height=10, gap=2)
    assert chart.top == 2
    assert [(bar.x, bar.y, bar.height, bar.series) for bar in chart.bars] == [
        (1, 5, 5, 1),
        (1, 0, 5, 2),
        (11, 0, 10, 2),
    ]


def test_lines_leave_out_what_is_missing() -> None:
    chart = charts.lines([[2.0, None, 1.0], [None, None]], width=10, height=10)
    assert [line.points for line in chart.lines] == ["0.0,0.0 10.0,5.0"]
    assert charts.lines([[0.5]], width=10, height=10).lines[0].points == "0.0,5.0 4.0,5.0"


def test_texts_are_compared_line_by_line() -> None:
    kinds = [(line.kind, line.text) for line in compare("a\nb\nc", "a\nx\nc")]
    assert kinds == [("same", "a"), ("gone", "b"), ("new", "x"), ("same", "c")]
    assert compare("a", "a") == ()


def test_marked_texts_are_cut_without_losing_a_character() -> None:
    pieces = cut("😀 寄到北京", [Span(4, 6, "city"), Span(5, 6, "late"), Span(90, 99, "beyond")])
    assert "".join(piece.text for piece in pieces) == "😀 寄到北京"
    assert [(piece.text, piece.start, piece.type) for piece in pieces] == [("😀 寄到", 0, ""), ("北京", 4, "city")]


def test_the_confusion_table_has_the_most_confused_intents() -> None:
    rows = matrix([Confusion("a", "b", 4), Confusion("b", "c", 1)])
    assert [row.gold for row in rows] == ["a", "b", "c"]
    assert [(cell.count, cell.level) for cell in rows[0].cells] == [(0, 0), (4, 4), (0, 0)]
    assert rows[1].cells[2].level == 1
    assert matrix([]) == ()


def test_only_fragments_get_notices_out_of_band(teach: Client, shop: Shop) -> None:
    url = reverse("console:utterance_add")
    form = {"intent": shop.track.pk, "text": "one more", "report": "notice"}
    fragment = teach.post(url, form, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-swap-oob="beforeend:#notices"' in fragment
    assert "1 utterance added." in fragment
    page = teach.get(reverse("console:intents")).content.decode()
    assert "1 utterance added." not in page
