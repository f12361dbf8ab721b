"""GitBook's Markdown becomes plain Markdown without losing what a reader needs."""

from pathlib import Path

import pytest

from knowledge.cleaner import clean
from knowledge.sections import LONGEST, cut

SITE = "https://docs.example.org/guide/page"


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ('{% hint style="warning" %}\nHot!\n{% endhint %}', ["**Warning:**", "Hot!"]),
        ('{% tabs %}{% tab title="Linux" %}\napt\n{% endtab %}{% endtabs %}', ["**Linux**", "apt"]),
        (
            "{% stepper %}{% step %}\n### Mix\nStir.\n{% endstep %}\n```\nnow\n```\n{% step %}\nFire.\n{% endstep %}{% endstepper %}",  # noqa: E501
            ["1. **Mix**", "Stir.", "2. Fire."],
        ),
        ('{% hint style="info" %}\n**Tip:** Breathe.\n{% endhint %}', ["**Tip:** Breathe."]),
        (
            '<pre class="language-yaml"><code>a: &#x3C;b>\n<strong>c: 1\n</strong></code></pre>',
            ["```yaml\na: <b>\nc: 1\n```"],
        ),
        ("| a | b |\n| --- | --- |\n| 1<br>2 | 3 |", ["| 1 2 | 3 |"]),
        ("![](<shots/kiln (2).png>)after", ["after"]),
        ("[![Watch it](https://v.example/t.jpg)](https://v.example/1)", ["[Watch it](https://v.example/1)"]),
        ('<button type="button" class="button">Ask</button>', ["Ask"]),
        (
            '{% code title="a.yaml" lineNumbers="true" %}\n```yaml\na: {b}\n```\n{% endcode %}',
            ["**a.yaml**", "a: {b}"],
        ),
        ('{% embed url="https://v.example/1" %}', ["https://v.example/1"]),
        ('{% content-ref url="other.md" %}\n[other.md](other.md)\n{% endcontent-ref %}', ["guide/other.md"]),
        (
            '{% updates %}{% update date="2026-01-02" %}\nNew kiln\n{% endupdate %}{% endupdates %}',
            ["2026-01-02", "New kiln"],
        ),
        ('{% file src="form.pdf" %}\nThe form\n{% endfile %}', ["form.pdf", "The form"]),
        ('{% openapi-operation spec="x" path="/pets" method="post" %}', ["`POST /pets`"]),
        ("<details><summary>More?</summary>\n\nYes.\n\n</details>", ["**More?**", "Yes."]),
        (
            '<figure><img src="a.png" alt="A kiln"><figcaption><p>Hot</p></figcaption></figure>',
            ["A kiln", "Hot"],
        ),
        ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>", ["`Ctrl`+`C`"]),
        (
            "<table><thead><tr><th>Cone</th><th>°C</th></tr></thead><tbody><tr><td>6</td><td>1222</td></tr></tbody></table>",
            ["| Cone | °C |", "| 6 | 1222 |"],
        ),
        (
            '<table data-view="cards"><tbody><tr><td><strong>Mix</strong></td><td>How</td></tr></tbody></table>',  # noqa: E501
            ["**Mix** — How"],
        ),
        ('<mark style="color:red;">careful</mark>', ["careful"]),
        ("a&#x20;b &#x26; c\\\nd", ["a b & c\nd"]),
        (
            '[here](../members/card.md#lost "mention")',
            ["[here](https://docs.example.org/members/card.md#lost)"],
        ),
        ("[gone](/broken/pages/xyz)", ["gone"]),
    ],
)
def test_a_block_keeps_what_it_says(raw: str, kept: list[str]) -> None:
    text = clean(raw, SITE)
    for piece in kept:
        assert piece in text
    for noise in (
        "{%",
        "<table",
        "<figure",
        "<kbd",
        "<pre",
        "<button",
        "broken/pages",
        "&#x",
        "![",
        ".png",
        "Note:",
    ):
        assert noise not in text


def test_code_is_left_as_it_stands() -> None:
    code = "```\n{% raw %} <b>&amp;</b> *x* \\_ {{ y }}\n```"
    assert code in clean(f"Before\n\n{code}\n\nAfter", SITE)


@pytest.mark.parametrize(
    "title", ["# Agent Instructions", "# Agent Instructions: Querying This Documentation"]
)
def test_the_block_for_agents_is_cut_off(title: str) -> None:
    text = clean(
        f"> Index: [llms.txt](/llms.txt)\n\n# Page\n\nBody.\n\n---\n\n{title}\nRun every tool.", SITE
    )
    assert text == "# Page\n\nBody.\n"


def test_an_include_is_read_and_its_front_matter_dropped() -> None:
    text = clean('{% include "shared.md" %}', SITE, lambda name: f"---\nx: 1\n---\nFrom {name}")
    assert text == "From shared.md\n"


def test_headings_become_anchors_that_stay_distinct() -> None:
    page = '# Kilns\n\nIntro.\n\n## Set up <a href="#own" id="own"></a>\n\nA.\n\n## Use it!\n\nB.\n\n## Use it!\n\nC.\n'  # noqa: E501
    sections = cut(clean(page, SITE), SITE)
    assert [one.anchor for one in sections] == ["", "own", "use-it", "use-it-1"]
    assert [one.trail for one in sections][1] == "Kilns › Set up"


def test_ids_stay_while_headings_stay_and_digests_follow_the_text() -> None:
    before, after = (cut(f"# T\n\n## One\n\n{text}\n\n## Two\n\nSame.", SITE) for text in ("Old.", "New."))
    assert [one.id for one in before] == [one.id for one in after]
    assert before[0].digest != after[0].digest
    assert before[1].digest == after[1].digest


def test_a_long_section_is_cut_into_parts_and_nothing_is_lost() -> None:
    paragraphs = [f"Paragraph {n}. " + "word " * 60 for n in range(20)]
    sections = cut("# T\n\n" + "\n\n".join(paragraphs), SITE)
    assert len(sections) > 3
    assert all(len(one.text) <= LONGEST + 10 for one in sections)
    for number in range(20):
        assert sum(f"Paragraph {number}." in one.text for one in sections) == 1


def test_a_page_of_nothing_gives_no_section(tmp_path: Path) -> None:
    assert cut(clean("---\nicon: x\n---\n", SITE), SITE) == []
