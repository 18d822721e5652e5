"""For every check: arguments, a prompt, texts that pass and texts that fail. Read as the checks' specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PROMPT = (
    "Minutes of the Harwick council. The roof of the depot was repaired for EUR 4,200. "
    "The works began on 3 June 2021 and took 12 weeks.\nThe surveyor was Orla Penn, who had retired in 2019."
)


@dataclass(frozen=True)
class Case:
    check: str
    args: dict[str, Any]
    passing: tuple[str, ...]
    failing: tuple[str, ...]
    prompt: str = PROMPT

    @property
    def spec(self) -> dict[str, Any]:
        return {"check": self.check, "args": self.args}


def case(check: str, args: dict[str, Any], passing: list[str], failing: list[str], prompt: str = PROMPT) -> Case:
    return Case(check, args, tuple(passing), tuple(failing), prompt)


SCHEMA = {
    "type": "object",
    "properties": {
        "summary": {"type": "string"},
        "points": {"type": "array", "items": {"type": "string"}, "minItems": 2},
    },
    "required": ["summary", "points"],
    "additionalProperties": False,
}
ROOF = {"name": "the cost of the roof", "forms": ["EUR 4,200", "4200 euros"]}
WEEKS = {"name": "how long it took", "forms": ["12 weeks", "twelve weeks"]}
# The sentence that the long prompt of the tests repeats: the offsets hold there too, and the sentence stands there thousands of times.
WORKS = "The works of 2021 took, by all accounts, some 12 weeks (or more)."

CASES = [
    case(
        "word_count",
        {"at_least": 2, "at_most": 3},
        ["One two.", "**One** two - three"],
        ["One.", "One two three four."],
    ),
    case("word_count", {"exactly": 3}, ["- one\n- two\n- three", "世界の"], ["1. one\n2. two", "one two three four"]),
    case(
        "sentence_count",
        {"exactly": 2},
        ["Dr. Wu came at 9 a.m. today. She left!", "- One point\n- Two points"],
        ["One.", "A b. C d. E f."],
    ),
    case(
        "keywords_present",
        {"words": ["roof", "time table"]},
        ["The ROOF; the **time** table."],
        ["The roof.", "Roofs and time tables."],
    ),
    case("keywords_absent", {"words": ["roof"]}, ["Roofs are out."], ["A roof."]),
    case("keyword_frequency", {"word": "roof", "at_least": 2}, ["Roof, roof."], ["Roof and roofs."]),
    case("letter_frequency", {"letter": "k", "at_least": 3}, ["Kick kin."], ["Kick."]),
    case("all_capitals", {}, ["ALL OF IT, 42."], ["ALL Of IT.", "42."]),
    case("all_lowercase", {}, ["all of it, 42."], ["All of it.", "42."]),
    case("capital_words", {"at_least": 2}, ["It is NOT the ONLY one."], ["I am NOT."]),
    case("no_commas", {}, ["It cost 4,200 euros."], ["It cost, he said, 4,200 euros.", "a，b"]),
    case(
        "sentence_length",
        {"at_least": 2, "at_most": 4},
        ["One two three. Four five."],
        ["One. Two three.", "One two three four five."],
    ),
    case("reading_seconds", {"at_least": 2, "at_most": 4}, ["one " * 12], ["one", "one " * 40]),
    case("bullets", {"exactly": 2}, ["- a\n- b", "Intro:\n* a\n* b"], ["- a", "- a\n- b\n- c", "---\n- a"]),
    case("bullets", {"at_least": 1, "mark": "*"}, ["* a\n* b"], ["* a\n- b"]),
    case("numbered_list", {"exactly": 2}, ["1. a\n2. b", "Intro:\n\n1) a\n2) b"], ["1. a\n3. b", "1. a", "- a\n- b"]),
    case("checklist", {"exactly": 2}, ["- [ ] a\n- [x] b"], ["- a\n- [ ] b", "- [] a\n- [] b"]),
    case(
        "bold_leads", {"exactly": 2}, ["- **Cost:** 4\n- **Time**: 12"], ["- **Cost:** 4\n- Time: 12", "- **Cost:** 4"]
    ),
    case("nested_bullets", {"exactly": 2}, ["- a\n  - b\n  - c"], ["- a\n- b\n- c", "  - a\n  - b"]),
    case("block_quotes", {"at_least": 1}, ["As said:\n\n> it rained"], ["As said: it rained", "a\n\n>"]),
    case(
        "table",
        {"columns": 2, "exactly": 1},
        ["| A | B |\n|---|---|\n| 1 | 2 |", "x\n\n| A | B |\n| :-- | --: |\n| 1 | 2\\|3 |\n\ny"],
        ["| A | B |\n| 1 | 2 |", "| A | B |\n|---|---|\n| 1 |", "| A |\n|---|\n| 1 |", "| A | B |\n|---|---|", "A, B"],
    ),
    case(
        "table",
        {"headers": ["No.", "Cost"]},
        ["| **No.** | cost |\n|-|-|\n| 1 | 2 |"],
        ["| Cost | No. |\n|-|-|\n| 1 | 2 |"],
    ),
    case("comma_list", {"at_least": 3}, ["Buy figs, nuts, 1,200 dates."], ["Buy figs, 1,200 dates."]),
    case(
        "paragraph_count",
        {"exactly": 2},
        ["One.\n\nTwo.", "# T\n\nOne.\n\n- a\n- b\n\nTwo.\n\nP.S. More."],
        ["One.", "One.\nStill one."],
    ),
    case("paragraph_sentences", {"exactly": 2}, ["A b. C d.\n\nE f. G h."], ["A b. C d.\n\nE f.", "- a\n- b"]),
    case(
        "nth_paragraph_first_word",
        {"paragraph": 2, "word": "Overall"},
        ["One.\n\n**Overall**, two."],
        ["Overall.", "One.\n\nTwo."],
    ),
    case(
        "ordinal_openers", {"count": 2}, ["First, a.\n\nSecondly b."], ["First, a. Second, b.", "Second a.\n\nFirst b."]
    ),
    case("line_count", {"exactly": 2}, ["a\n\nb", "```\na\nb\n```"], ["a", "a\nb\nc"]),
    case(
        "sentence_per_line",
        {},
        ["One here.\nTwo here.", "- One here\n- Two here"],
        ["One here. Two here.", "One here.", "One here\nand on.\nTwo."],
    ),
    case(
        "sections",
        {"marker": "Section", "exactly": 2},
        ["Section 1\na\nSection 2\nb", "**Section 1**\n\na\n\n## Section II\n\nb"],
        ["Section 1\na", "Section 1\nSection 2\nb"],
    ),
    case("sections", {"marker": "##", "at_least": 1}, ["## Cost\nIt was low."], ["# Cost\nIt was low.", "## Cost"]),
    case(
        "divided",
        {"mark": "***", "parts": 2},
        ["a\n\n***\n\nb"],
        ["a\n\n---\n\nb", "a", "a\n***\n", "a\n***\nb\n***\nc"],
    ),
    case("two_answers", {}, ["a\n******\nb"], ["a\nb", "a\n******\nA", "a\n******"]),
    case(
        "labelled_lines",
        {"labels": ["Cost", "Time"]},
        ["Cost: low\nTime: long", "**Cost:** low\n\n**Time:** long"],
        ["Time: long\nCost: low", "Cost: low", "Well.\nCost: low\nTime: long"],
    ),
    case(
        "summary_line",
        {"label": "Summary"},
        ["Summary: it rained.\nMore.", "**Summary:** it rained."],
        ["It rained.\nSummary: yes.", "Summary:\nit rained."],
    ),
    case("repeats_first", {"text": "What is due?"}, ["What is due? Rent."], ["Rent.", "What is due?"]),
    case("title", {}, ["<<Rain>>\nIt rained.", "It rained. <<Rain>>"], ["<Rain>", "<<>> x", "# Rain"]),
    case(
        "markdown_title",
        {"at_most": 2},
        ["# The Rain\nIt rained."],
        ["## The Rain\nx", "# The Rain", "# All The Rain\nx", "It rained.\n# Rain"],
    ),
    case(
        "starts_with",
        {"phrase": "In short:"},
        ["In short: rain.", "**in short:** rain"],
        ["Rain, in short:", "In short:"],
    ),
    case(
        "ends_with",
        {"phrase": "That is all."},
        ["Rain. That is all.", "Rain. *That is all.*"],
        ["That is all. Rain.", "That is all."],
    ),
    case("ends_with_question", {}, ["Rain. Why?", 'Rain. "Why?"'], ["Why? Rain.", "Why?"]),
    case(
        "postscript",
        {"marker": "P.S."},
        ["Rain.\n\nP.S. Snow.", "Rain.\nPS: Snow", "rain.\np.s. snow"],
        ["Rain. P.S.", "P.S. Rain.", "Rain.\nP.P.S. Snow."],
    ),
    case(
        "signed",
        {"label": "Signed", "name": "Orla Penn"},
        ["Rain.\n\nSigned: Orla Penn", "rain.\nsigned: orla penn."],
        ["Rain.\nOrla Penn", "Signed: Orla Penn"],
    ),
    case("placeholders", {"at_least": 2}, ["[name], [full address]"], ["[name], [x](http://y)", "- [ ] a [name]"]),
    case("highlights", {"exactly": 2}, ["*a* and **b c**"], ["*a* and b", "* a\n* b", "**a** *b* *c*"]),
    case("parentheses", {"at_least": 1}, ["Rain (not snow)."], ["Rain.", "Rain (12)."]),
    case("questions", {"exactly": 1}, ["Why? Rain."], ["Rain.", "Why? How?"]),
    case("semicolons", {"at_least": 1}, ["Rain; snow."], ["Rain, snow."]),
    case(
        "short_sentences",
        {"words": 2, "at_least": 2},
        ["It rained. It snowed. It was cold all day."],
        ["It rained. It was cold all day."],
    ),
    case("wrapped_in_quotes", {}, ['"Rain."', "“Rain.”"], ["Rain.", '"Rain.', '"Rain" fell.']),
    case(
        "wrapped_in_tag",
        {"tag": "answer"},
        ["<answer>Rain</answer>", "<ANSWER>\nRain\n</ANSWER>"],
        ["Rain", "<answer>Rain", "<answer></answer> x", "<answer><answer>x</answer>"],
    ),
    case(
        "code_block",
        {},
        ["```\nRain\n```", "```text\nRain\n```"],
        ["Rain", "```\nRain\n```\nx", "`Rain`", "```\nA\n```\n```\nB\n```"],
    ),
    case(
        "date_format",
        {"format": "YYYY-MM-DD"},
        ["On 2021-06-03."],
        ["On 3 June 2021.", "On 2021-06-03, or 3 June 2021."],
    ),
    case("numbers_with_unit", {"unit": "km", "at_least": 2}, ["12 km and 3km"], ["12 km and 3 kmh", "km"]),
    case("numbers_with_unit", {"unit": "EUR", "at_least": 1}, ["EUR 40", "40 EUR"], ["EUR forty", "Europe 40"]),
    case(
        "json_only", {}, ['{"a": "b"}', '```json\n["a"]\n```'], ["a", '{"a": ', 'Here: {"a": "b"}', '"a"', '{"a1": ""}']
    ),
    case(
        "json_keys",
        {"keys": ["b", "a"]},
        ['{"b": "x", "a": ["y"]}'],
        [
            '{"a": "x", "b": "y"}',
            '{"b": "x"}',
            '{"b": "x", "a": "y", "c": "z"}',
            '["b", "a"]',
            '{"b": "x", "a": ""}',
            "b a",
        ],
    ),
    case(
        "json_schema",
        {"schema": SCHEMA, "words": {"summary": [2, 3]}},
        ['{"summary": "It rained.", "points": ["a", "b"]}'],
        [
            '{"summary": "Rain.", "points": ["a", "b"]}',
            '{"summary": "It rained.", "points": ["a"]}',
            '{"summary": "It rained."}',
            "Rain",
            '{"summary": 1, "points": []}',
        ],
    ),
    case(
        "json_field",
        {"path": "a.b", "forms": ["EUR 4,200"]},
        ['{"a": {"b": "It cost eur 4,200."}}'],
        ['{"a": "EUR 4,200"}', '{"a": {"b": "EUR 14,200"}}', "EUR 4,200"],
    ),
    case(
        "facts_mentioned",
        {"facts": [ROOF, WEEKS]},
        ["It cost **eur 4,200** and took\ntwelve weeks.", '{"x": "4200 euros, 12 weeks"}'],
        ["It cost EUR 4,200.", "EUR 14,200 and 12 weeks", "EUR 4,200.50 and 12 weeks"],
    ),
    case("facts_mentioned", {"facts": [ROOF, WEEKS], "at_least": 1}, ["It took 12 weeks."], ["It took 112 weeks."]),
    case(
        "ordered_items",
        {"items": [["June", "6/21"], ["Penn"]]},
        ["In June Ms Penn came, before another June."],
        ["Penn in June", "In June."],
    ),
    case(
        "closed_world",
        {"allowed": [7]},
        ["EUR 4200 in 12.0 weeks, 7 times", "1. a\n2. b", "Section 5\nno number"],
        ["EUR 4,300", "on 4 June"],
    ),
    case(
        "numeric_answer",
        {"value": 4200},
        ["4,200", "It was 4200.", "Of 12, the answer is 4,200, not 5", "\\boxed{4200}"],
        ["420", "4,200 of 7", "none"],
    ),
    case("numeric_answer", {"value": -2.5, "tolerance": 0.1}, ["-2.45", "−2.5"], ["2.5", "-2.7"]),
    case(
        "exact_answer",
        {"answer": "Orla Penn", "forms": ["Penn"]},
        ["orla penn.", "**Penn**", "Some thoughts.\nAnswer: Orla Penn"],
        ["Orla Penn or so", "Nobody"],
    ),
    case(
        "choice",
        {"options": ["yes", "no", "yes, in part"], "answer": "yes, in part"},
        ["Yes, in part."],
        ["Yes.", "Yes, in part, or no.", "maybe"],
    ),
    case("choice", {"options": ["yes", "no"]}, ["Yes.", "no"], ["yes and no", "noon"]),
    case(
        "item_set",
        {"items": [["Orla Penn", "Penn"], ["Harwick"]]},
        ["- Harwick\n- Orla Penn", "Penn and Harwick", "The items are: Harwick, Penn."],
        ["Penn", "Penn, Harwick, London", "London"],
    ),
    case(
        "abstains",
        {},
        [
            "The document does not say.",
            "No limit is on record; the papers leave it open.",
            "You have not told me who pays.",
            "You haven't told me yet, so I cannot say.",
            "You did not tell me the fee.",
            "I can't say: you didn’t tell me.",
            "You never told me, and never mentioned it.",
            "The fee was never mentioned.",
            "You have not mentioned a fee.",
            "You haven't mentioned a fee.",
            "You have not given me the fee; you haven't given me a date either.",
            "That has not been mentioned so far.",
            "It hasn't been mentioned.",
            "The fee has not come up.",
            "It **hasn't** come up yet.",
            "I do not know.",
            "I don't know the fee of the roof",
            "Sorry, but I don't know who pays.",
            "I'm sorry, I do not know that!",
        ],
        [
            "Orla Penn.",
            "Not stated; perhaps 77.",
            "You haven't told me, so 77.",
            "I have told you already: Orla Penn.",
            "You told me that Orla Penn pays.",
            "You mentioned it: Orla Penn.",
            "It has come up: Orla Penn.",
            "I don't know exactly, but it is Orla Penn.",
            "I do not know for sure who it is: Orla Penn.",
            "I don't know, but I think Orla Penn.",
            "I don't know, perhaps Orla Penn.",
            "I do not know. It is Orla Penn.",
            "I don't know; it is Orla Penn.",
            "I don't know anyone who would pay as gladly as Orla Penn.",
            "I don't know 77.",
            "You do not know this yet, Orla Penn pays.",
            "People who do not know the roof ask for Orla Penn.",
            "The fee is known: Orla Penn told me.",
            "The unmentioned one is Orla Penn.",
        ],
    ),
    case(
        "abstains",
        {"stated": True},
        [
            "The papers do not say.\n\nAnswer: unknown",
            "Answer: cannot be determined, since no limit of Orla Penn is on record",
            "The answer is not stated in the papers.",
            "No limit is on record; the papers leave it open.",
        ],
        [
            "Pumps has the most left; the rest is unknown.",
            "The papers do not say.\n\nAnswer: Orla Penn",
            "It is not recorded, but the answer is Orla Penn; the rest is unknown.",
        ],
    ),
    case("forbids", {"words": ["London", "4,300"]}, ["Harwick for 14,300."], ["In London.", "EUR 4,300."]),
    case(
        "language",
        {"code": "de"},
        ["Das Dach wurde im Sommer repariert, und die Arbeiten dauerten zwölf Wochen."],
        ["The roof was repaired in the summer."],
    ),
    case(
        "quotes_document",
        {"count": 1, "min_words": 3},
        ['It says "took 12 weeks."', "It says “12 weeks.   The surveyor was”"],
        ['It says "12 weeks"', 'It says "took 13 weeks"', "It took 12 weeks"],
    ),
    case(
        "quotes_document",
        {"containing": ["EUR 4,200"]},
        ['"was repaired for EUR 4,200"'],
        ['"The works began on 3 June"', '"repaired"'],
    ),
    case(
        "final_answer",
        {"answer": "1240", "forms": ["EUR 1,240"]},
        [
            "40 times 31 is 1,240.\nAnswer: 1,240",
            "**Final answer:** \\boxed{EUR 1,240.00}.",
            "So the answer is **1240**.",
        ],
        ["Answer: 1240 or 1300", "Answer: 1240 metres", "It is 1240, I should think.", "Answer: 1240\nAnswer: 1300"],
    ),
    case(
        "final_answer",
        {"answer": "Orla Penn"},
        ["Two were asked.\n\nOrla Penn", "Answer:\n“orla penn”", "### Answer: *Orla Penn*"],
        ["Answer: Orla Penn and Ms Wu", "It was Orla Penn.", "Nobody " * 20 + "Orla Penn", "Answer: not Orla Penn"],
    ),
    case(
        "steps_shown",
        {"steps": [["40"], ["1,240", "EUR 1240"], ["12"]]},
        ["12 of 40 at 31: 40*31 = 1240; over 12 weeks", "40; 1,240; 12"],
        ["40, then 12, then 1,240", "140; 1,240; 12", "1240.5 of 40, 12"],
    ),
    case(
        "evidence_cited",
        {"spans": [[0, len(WORKS)]]},
        [f'It says "{WORKS}"', "It says “by all accounts, some 12 weeks (or more)”, a “term”."],
        [
            WORKS,
            f'"{WORKS}" and again "{WORKS}"',
            f'"{WORKS}" and "The roof was mended in the end."',
            f'"{WORKS}" and "The roof was mended by hand."',
            '"took, by"',
        ],
        prompt=f"{WORKS} The roof was mended in the end.",
    ),
    case(
        "json_values",
        {
            "values": [
                {"path": "supplier.name", "forms": ["Harwick Ltd", "Harwick"]},
                {"path": "total", "forms": ["1,240"]},
                {"path": "lines[].amount", "forms": ["40", ["1200", "EUR 1,200"]]},
            ]
        },
        [
            '{"supplier": {"name": "Harwick"}, "total": 1240.0, "lines": [{"amount": "EUR 1200"}, {"amount": 40}]}',
            '```json\n{"total": "1240", "supplier": {"name": "harwick ltd."}, "lines": [{"amount": 40}, {"amount": 1200}]}\n```',
        ],
        [
            '{"supplier": {"name": "Harwick"}, "total": 1240, "lines": [{"amount": 40}]}',
            '{"supplier": {"name": "Harwick"}, "total": 1240, "lines": [{"amount": 40}, {"amount": 1200}], "more": null}',
            '{"supplier": {"name": "Harwick"}, "total": 1240, "lines": [{"amount": 40}, {"amount": 1200}, {}]}',
            '{"supplier": "Harwick", "total": true, "lines": [40, 1200]}',
            "Harwick, 1240, 40, 1200",
        ],
    ),
    case("no_refusal", {}, ["It rained."], ["I'm sorry, but I cannot help.", "As an AI, I think"]),
    case("no_preamble", {}, ["It rained."], ["Sure, here is the answer: rain", "It rained. I hope this helps!"]),
    case(
        "no_repetition",
        {},
        ["It rained in the town today. It snowed in the town today."],
        ["It rained in the town today. " * 3, "rain " * 40],
    ),
    case(
        "finished",
        {},
        ["It rained.", "- rain\n- snow", '{"a": 1}', "Rain"],
        ["It rained and", "It rained,", "```\nx", "It had rained for most of the day when the sun came out and we"],
    ),
    case("no_stub", {}, ["It rained [name]."], ["TODO: rain", "[insert date]"]),
    case("clean_characters", {}, ["It rained — 🌧️.\n"], ["It rained\ufffd", "a\x00b"]),
    case(
        "own_words",
        {"run": 5},
        ["It took a summer to mend the roof.", "short"],
        ["The roof of the depot was repaired for EUR 4,200."],
    ),
]
