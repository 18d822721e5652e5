"""How a model words the findings of an answer: what it is shown, what counts, what the program has to say in its place."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace

import pytest

from longctx_synth.errors import Reject
from longctx_synth.llm.answer import Answer
from longctx_synth.review import finding
from longctx_synth.world.dossier.kinds import KINDS
from longctx_synth.world.dossier.model import Step, name
from longctx_synth.world.dossier.task import pose


@pytest.fixture(scope="module")
def task():
    """A stock that is followed over several vouchers."""
    kind = KINDS["inventory"].question("stock_at_end")
    return pose(3, 0, 5, "train", tokens=1500, count=lambda text: len(text) // 4, fits=lambda q: q is kind, steps=(4,))


class Scripted:
    """An ask that answers what `say(what, value, occurrence)` gives for the finding that it is asked for."""

    def __init__(self, say):
        self.say, self.asked = say, []

    async def __call__(self, messages, **options):
        what, value = re.search(r"Finding: (.*)\nValue: (.*)", messages[-1]["content"]).groups()
        occurrence = sum(what == other for other, _ in self.asked)
        self.asked.append((what, messages))
        return Answer(self.say(what, value, occurrence), "stop", 1, 1)


def word(task, ask, **options):
    return asyncio.run(finding.word(task, ask, **{"attempts": 2, "small": True, **options}))


def right(what, value, occurrence=0):
    return finding.sentences(what, value)[0]


@pytest.mark.parametrize(
    ("what", "several"),
    [
        ("the stock after V-2041 of 3 May 2019", False),
        ("the days from the form IN-27 to its closing", True),
        ("those of them on which they differ", True),
        ("all people below Ada Brandt", True),
        ("the goods and the store of card K-12", True),
        ("what the archive has left of its lines of 2014", False),
        ("the address of the offices", False),
        ("the difference", False),
        ("the people one level below Ada Brandt", True),
        ("the lines with more than 16,553 euros spent on them", True),
    ],
)
def test_one_and_several(what, several):
    assert finding.plural(what) == several
    assert f" {'are' if several else 'is'} 7." in finding.sentences(what, "7")[0]


def test_an_insertion_is_closed_and_other_commas_are_not():
    assert right("the voucher of 4 May 2013 that is left out, since it was withdrawn", "V-7").endswith(
        "withdrawn, is V-7."
    )
    assert right("the form that it goes back to, which adds nothing, since it was withdrawn", "V-7").endswith(
        "withdrawn, is V-7."
    )
    assert right("the figure after the correction of May 4, 2013", "7").endswith("May 4, 2013 is 7.")
    assert right("the rate for Jon Falk, a porter on 4 May 2013, by R-1", "7").endswith("by R-1 is 7.")


@pytest.mark.parametrize(
    ("what", "value", "named"),
    [
        ("the period that AM-4 is about", "trial period of C-9", ["the trial period of C-9"]),
        ("the job that ends first", "south chimney insulation", ["the south chimney insulation"]),
        ("the site that comes first", "Elmar depot", ["the Elmar depot"]),
        ("the site that comes first", "Birat works", ["Birat works", "the Birat works"]),
        ("the line with the least left", "legal advice", ["legal advice", "the legal advice"]),
        ("the goods of card K-1", "felt washers", ["felt washers", "the felt washers"]),
        ("the sum", "445", ["445"]),
        ("the greater of the two", "the first", ["the first"]),
        ("what the archive has left", "minus 6 riyals", ["minus 6 riyals"]),
        ("the time between the two", "36 days", ["36 days"]),
        ("the superior of Ada Brandt", "Jon Falk", ["Jon Falk"]),
        ("the line of account K-1", "the books line of the shop in 2017", ["the books line of the shop in 2017"]),
    ],
)
def test_a_value_takes_its_article(what, value, named):
    start = f"{what[0].upper()}{what[1:]} {'are' if finding.plural(what) else 'is'} "
    assert [text.removeprefix(start) for text in finding.sentences(what, value) if text.startswith(start)] == [
        f"{n}." for n in named
    ]


# Sentences of the embedded model that a share of words let pass.
GARBLED = [
    ("the matters on which Ada and Jon both have a report that stands", "3",
     "The matters of which Ada and Jon both have a report that stands are 3."),
    ("the figure of the report by Falk Engineers after the correction of 4 May 2018", "229 euros",
     "The figure of report Falk Engineers after the correction of 4 May 2018 is 229 euros."),
    ("the spending on the line in 2012 up to F-79662", "CHF 7,171", "The spending on the line in 2012 up to F-79662, is CHF 7,171."),
    ("the incidents that go back to either cause", "7", "The incidents that go back to either cause is 7."),
    ("the superior of Ada Brandt", "Jon Falk", "The superior of Jon Falk is Ada Brandt."),
    ("the stock after V-2041", "445", "The stock after V-2041 is 445 euros."),
]  # fmt: skip


@pytest.mark.parametrize(("what", "value", "text"), GARBLED)
def test_of_a_small_model_only_what_is_known_to_be_right_counts(what, value, text):
    step = Step(what, name(value))
    assert not finding.states(text, step, small=True).passed
    for told in finding.sentences(what, value):
        assert finding.states(told, step, small=True).passed and finding.states(told, step).passed


def test_another_model_may_put_it_in_its_own_way_but_not_say_anything_else():
    step = Step("the yearly value of the contract with Valentim Timber", name("37,958 euros"))
    said = "The yearly value of the contract with Valentim Timber amounts to 37,958 euros."
    assert finding.states(said, step).passed and not finding.states(said, step, small=True).passed
    for wrong in (
        said.replace("958", "985"),
        said.replace("euros.", "euros since 2020."),
        "It is 37,958 euros.",
        "",
        "\n",
    ):
        assert not finding.states(wrong, step).passed


def test_it_is_shown_findings_put_alike_and_no_document(task):
    ask = Scripted(right)
    told = word(task, ask)
    assert (
        told == [right(step.what, step.value.text) for step in task.solved.steps]
        and finding.stated(told) == "1 2 3 4/4"
    )
    own = {step.what for step in task.solved.steps}
    for what, messages in ask.asked:
        assert [message["role"] for message in messages] == [
            "system",
            *("user", "assistant") * (len(messages) // 2 - 1),
            "user",
        ]
        shown = [re.search(r"Finding: (.*)\nValue: (.*)", message["content"]).groups() for message in messages[1:-1:2]]
        assert len(shown) > finding.SHOWN  # of other questions, too
        for (other, value), message in zip(shown, messages[2:-1:2], strict=True):
            assert message["content"] == right(other, value) and other != what
        assert not any(
            sentence in message["content"] for message in messages for sentence, _ in task.draft.said.values()
        )
    assert {what for what, _ in ask.asked} == own


def test_a_small_model_is_asked_again_with_the_examples_in_another_order(task):
    ask = Scripted(lambda what, value, occurrence: right(what, value) if occurrence else "The stock is good.")
    assert all(word(task, ask))
    assert len(ask.asked) == 2 * task.steps
    first, again = (messages for _, messages in ask.asked[:2])
    assert first[-1] == again[-1] and first[1:-1] != again[1:-1]
    assert sorted(m["content"] for m in first) == sorted(m["content"] for m in again)


def test_another_model_is_told_what_was_wrong(task):
    ask = Scripted(lambda what, value, occurrence: right(what, value) if occurrence else f"{what} is {value}.")
    assert all(word(task, ask, small=False))
    assert "was not right: Begin the sentence with a capital letter." in ask.asked[1][1][-1]["content"]


def test_half_of_an_answer_may_be_the_programs_and_no_more(task):
    whats = [step.what for step in task.solved.steps]

    def but(*left):
        return Scripted(
            lambda what, value, occurrence: "No." if what in [whats[i] for i in left] else right(what, value)
        )

    told = word(task, but(0, 3))
    assert [bool(text) for text in told] == [False, True, True, False] and finding.stated(told) == "2 3/4"
    ask = but(0, 1, 2)
    with pytest.raises(Reject, match="too few sentences"):
        word(task, ask)
    assert whats[3] not in {what for what, _ in ask.asked}  # nothing is paid for after that is settled


def test_what_is_no_subject_of_a_sentence_is_not_asked_for():
    steps = (Step("the archiving line: granted in all", name("53 euros")), Step("the sum", name("90 euros")))
    question = SimpleNamespace(choose=lambda world, rng, hops: None)
    task = SimpleNamespace(
        draft=SimpleNamespace(world=None),
        question=question,
        solved=SimpleNamespace(steps=steps),
        seed="s",
        steps=2,
        params={},
    )
    ask = Scripted(right)
    assert word(task, ask) == ["", "The sum is 90 euros."]
    assert [what for what, _ in ask.asked] == ["the sum"]


def test_a_rejected_answer_is_put_as_the_chosen_one_is():
    steps = (
        Step("the stock", name("4")),
        Step("the line: granted", name("5")),
        Step("the rest", name("6")),
        Step("the end", name("7")),
    )
    assert finding.put_alike(steps, ["The stock is 3.", "", "The sum is 9."]) == [
        "The stock is 4.",
        "",
        "The rest is 6.",
        "The end is 7.",
    ]
    assert finding.put_alike(steps, ["The stock is 3."])[1] == ""
    assert finding.put_alike(steps, []) == [""] * 4 and finding.stated([]) == ""
