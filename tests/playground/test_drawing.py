"""Words of members and models are drawn safely."""

import pytest

from bot.playground.drawing import Drawing, markdown
from bot.playground.note import Note


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "![spy](https://example.org/pixel.png)",
        "`</code><script>alert(1)</script>`",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_markdown_of_strangers_runs_nothing_and_fetches_nothing(hostile: str) -> None:
    drawn = markdown(hostile)

    assert "<script" not in drawn
    assert "<img" not in drawn
    assert 'href="javascript' not in drawn
    assert 'href="data' not in drawn


def test_thumbs_are_drawn_where_no_font_has_them() -> None:
    assert 'aria-label="👍"' in markdown("vote by 👍")


def test_a_note_escapes_every_part() -> None:
    evil = "<b onclick=x>"
    note = Note(title=evil, pairs=((evil, evil),), head=(evil,), rows=((evil,),), chip=evil)

    assert evil not in Drawing().draw("cards/note.html", note=note.card())
