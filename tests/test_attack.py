"""Shortcuts planted in small datasets, one for each attacker, are caught and named; a world without any is let pass."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longctx_synth import publish
from longctx_synth.errors import LongctxError, SettingsError, VerificationError
from longctx_synth.records import Evidence, Record, content_hash, prompt_hash, to_json
from longctx_synth.studies.asked import contexts, files_by_split, read_rows
from longctx_synth.studies.attack import attack
from longctx_synth.studies.attackers import Context
from longctx_synth.studies.candidates import key, occurrences
from longctx_synth.studies.seam import Seam
from longctx_synth.studies.shares import ALL, HELD, READER, Attack, KindFigures, Share
from tests.publish import rows as plain

FIELDS = ["world", "question", "asked", "answer_type", "chance"]
DEPOTS = 20
STEMS = "Harr Fenn Lipp Quor Brack Tarn Weld Mosk Dorn Yarr Pell Skeg Nabb Crow Finch Gorm".split()
ENDS = "ow wick ley ford stead moor by gate".split()
VERBS = "counted stored shipped cleared logged tagged sorted packed".split()
ASKED = (
    "How many crates remain once the ledger is settled?",
    "What number of crates is left after settlement?",
    "After the audit, how many crates stay in the books?",
)


class Depots:
    """A context of one sentence a depot, in which nothing but chance tells which figure is asked for."""

    def __init__(self, rng: random.Random) -> None:
        names = rng.sample([stem + end for stem in STEMS for end in ENDS], DEPOTS)
        self.names = [f"{name} Depot" for name in names]
        self.counts = [str(count) for count in rng.sample(range(100, 1000), DEPOTS)]
        self.told = [
            f"{name} {rng.choice(VERBS)} {count} crates in spring."
            for name, count in zip(self.names, self.counts, strict=True)
        ]
        self.gold = rng.randrange(DEPOTS)
        self.asked = rng.choice(ASKED)
        self.answer = self.counts[self.gold]
        self.type, self.chance = "count", 1 / DEPOTS

    def swap(self, place: int) -> None:
        """Put the gold sentence elsewhere."""
        for each in (self.names, self.counts, self.told):
            each[self.gold], each[place] = each[place], each[self.gold]
        self.gold = place


Leak = Callable[[Depots, random.Random, str], None]


def record(split: str, number: int, leak: Leak | None = None, world: str = "depots") -> Record:
    rng = random.Random(f"{split}-{number}-{world}")
    facts = Depots(rng)
    if leak:
        leak(facts, rng, split)
    document = "\n".join(facts.told)
    prompt = [{"role": "user", "content": f"{document}\n\n{facts.asked}"}]
    quote = facts.told[facts.gold]
    start = prompt[0]["content"].index(quote)
    answer = [{"role": "assistant", "content": facts.answer}]
    return Record(
        id=f"{split}-{number:05d}",
        prompt=prompt,
        completion=answer,
        checks=to_json([{"check": "exact_answer", "args": {"answer": facts.answer}}]),
        answer=facts.answer,
        paradigm="long_reasoning",
        split=split,
        scenario={
            "world": world,
            "question": f"{world}.rest",
            "asked": facts.asked,
            "answer_type": facts.type,
            "chance": f"{facts.chance:.4f}",
        },
        documents=[content_hash(document)],
        evidence=[Evidence(0, 0, start, start + len(quote), quote)],
        prompt_hash=prompt_hash(prompt),
    )


def dataset(folder: Path, leak: Leak | None = None, train: int = 70, test: int = 70, **more) -> Path:
    splits = {"train": train, "test": test}
    records = {split: [record(split, n, leak, **more) for n in range(rows)] for split, rows in splits.items() if rows}
    return published(folder, records)


def published(folder: Path, records: dict[str, list[Record]]) -> Path:
    publish.publish(folder, records, paradigm="long_reasoning", scenario_fields=FIELDS)
    return folder


def leaky(found: Attack) -> set[str]:
    """The attackers that some kind is leaky to."""
    return {name for figures in found.kinds for name in HELD if figures.shares[name].leaky}


def rate(found: Attack, name: str) -> float:
    return found.kinds[-1].shares[name].rate


# What is planted


def often(facts: Depots, rng: random.Random, split: str) -> None:
    """Every second answer is 412."""
    if rng.random() < 0.5:
        facts.told[facts.gold] = facts.told[facts.gold].replace(facts.counts[facts.gold], "412")
        facts.answer = facts.counts[facts.gold] = "412"


def given_away(facts: Depots, rng: random.Random, split: str) -> None:
    """A word of the question goes with the answer."""
    facts.type, facts.chance, facts.answer = "choice", 0.5, rng.choice(["before", "after"])
    facts.told = [f"{told} It was {rng.choice(['before', 'after'])} noon." for told in facts.told]
    facts.asked = f"Was the {'early' if facts.answer == 'before' else 'late'} audit before or after the count?"


def named_first(facts: Depots, rng: random.Random, split: str) -> None:
    """Of three places in the question it is the first."""
    facts.type, facts.chance, facts.answer = "place", 1 / 3, facts.names[facts.gold]
    others = rng.sample([name for name in facts.names if name != facts.answer], 2)
    facts.asked = f"Which stored most in the end, {facts.answer}, {others[0]} or {others[1]}?"


def registry(facts: Depots, rng: random.Random, split: str) -> None:
    """All documents of a split say the same of the same depots."""
    fixed = Depots(random.Random(split))
    places = list(range(DEPOTS))
    rng.shuffle(places)
    facts.names, facts.counts, facts.told = (
        [each[p] for p in places] for each in (fixed.names, fixed.counts, fixed.told)
    )
    facts.answer = facts.counts[facts.gold]
    facts.asked = f"How many crates are there at {facts.names[facts.gold]}?"


def at_the_end(facts: Depots, rng: random.Random, split: str) -> None:
    facts.swap(rng.choice([DEPOTS - 1, DEPOTS - 2]))


def same_words(facts: Depots, rng: random.Random, split: str) -> None:
    """The question has the words of the sentence that answers it, and no other sentence has all of them."""
    goods, sides = "iron oak tin wax clay salt".split(), "north south east west".split()
    pairs = rng.sample([f"{a} boxes {b}" for a in goods for b in sides], DEPOTS)
    facts.told = [told.replace("in spring", f"in {pair}") for told, pair in zip(facts.told, pairs, strict=True)]
    facts.asked = f"How many crates remain, in {pairs[facts.gold]} as they were?"


def beside(facts: Depots, rng: random.Random, split: str) -> None:
    """The value stands in the sentence after the one that shares a word with the question."""
    facts.told[facts.gold] = "The bailiff came by on his round. " + facts.told[facts.gold]
    facts.asked = "How many remain after what the bailiff saw?"


def own_facts(facts: Depots, rng: random.Random, split: str) -> None:
    """The sentence with the depot's name answers it: easy to find, in no other document."""
    facts.asked = f"How many crates are there at {facts.names[facts.gold]}?"


def marked(facts: Depots, rng: random.Random, split: str) -> None:
    """Evidence has a word that nothing else has, in a sentence as long as the others."""
    facts.told[facts.gold] = facts.told[facts.gold].replace("spring", "autumn")


@pytest.mark.parametrize(
    ("leak", "caught", "let_pass"),
    [
        (often, {"most_frequent", "question_only"}, {"last_tenth", "lexical_top", "nearest_value"}),
        (given_away, {"question_only"}, set(HELD) - {"question_only"}),
        (named_first, {"question_only"}, set(HELD) - {"question_only"}),
        (registry, {"swapped_document"}, {"most_frequent", "question_only", "last_tenth"}),
        (at_the_end, {"last_tenth"}, set(HELD) - {"last_tenth"}),
        (same_words, {"lexical_top"}, set(HELD) - {"lexical_top", "nearest_value"}),
        (beside, {"nearest_value"}, {"most_frequent", "question_only", "swapped_document", "lexical_top"}),
        (own_facts, {"lexical_top", "nearest_value"}, {"most_frequent", "question_only", "swapped_document"}),
    ],
)
def test_a_planted_leak_is_caught_and_named(tmp_path: Path, leak: Leak, caught: set[str], let_pass: set[str]) -> None:
    found = attack(dataset(tmp_path / "d", leak))
    assert caught <= leaky(found) and not leaky(found) & let_pass
    for name in caught:
        assert any(told.startswith(f"depots.rest ({name} ") for told in found.leaks())
        assert any(line.startswith(f"  leaky: depots.rest, {name} is right in") for line in found.lines())


def test_evidence_that_has_a_word_of_its_own_is_caught(tmp_path: Path, honest: Attack) -> None:
    found = attack(dataset(tmp_path / "d", marked))
    assert found.seams[0].auc > 0.9 and found.leaks() == [f"evidence of depots (AUC {found.seams[0].auc:.2f})"]
    assert found.seams[0].evidence > 100  # of train and test
    assert 0.4 < honest.seams[0].auc < 0.6 and not honest.seams[0].above


# What is let pass


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    return attack(dataset(tmp_path_factory.mktemp("honest") / "d", train=120, test=120))


def test_where_nothing_gives_it_away_attackers_stay_at_chance(honest: Attack) -> None:
    assert honest.leaks() == [] and leaky(honest) == set()
    assert [(f.kind, f.tried_on, f.rows) for f in honest.kinds] == [("depots.rest", "test", 120)]
    assert honest.kinds[0].chance == pytest.approx(0.05)
    assert {name for name, share in honest.kinds[0].shares.items() if share.tried == 120} == {*HELD, READER}
    # The reader, and who looks at the last tenth, do name figures of the context: at chance is not the same as mute.
    assert 0 < rate(honest, READER) < 0.15 and 0 < rate(honest, "last_tenth") < 0.15


def test_labels_that_are_even_over_the_rows_teach_nothing(tmp_path: Path) -> None:
    # Of a few rows in folds the others' answers say which is due next, if they are told to who is trained.
    def even(facts: Depots, rng: random.Random, split: str) -> None:
        number = next(numbers)
        facts.type, facts.chance, facts.answer = "choice", 1 / 3, ("before", "after", "never")[number % 3]
        facts.told = [f"{told} It was {rng.choice(['before', 'after', 'never'])} noon." for told in facts.told]

    for rows in (24, 36):
        numbers = iter(range(rows))
        found = attack(dataset(tmp_path / f"d{rows}", even, train=rows, test=0))
        assert found.kinds[0].tried_on == "folds" and not leaky(found)
        assert max(rate(found, name) for name in (*HELD, READER)) < 0.6


def test_the_same_again(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", often, train=30, test=30)
    first, second = (attack(folder, seed=7).figures() for _ in range(2))
    assert first == second


# Who is tried on what


def test_without_a_test_split_rows_of_train_are_held_out(tmp_path: Path) -> None:
    found = attack(dataset(tmp_path / "d", at_the_end, train=100, test=0))
    assert found.kinds[0].tried_on == "folds" and 60 <= found.kinds[0].rows < 100
    assert leaky(found) == {"last_tenth"}
    again = attack(dataset(tmp_path / "e", at_the_end, train=100, test=30), test_split="train")
    assert again.kinds[0].shares["last_tenth"] == found.kinds[0].shares["last_tenth"]


def test_a_kind_that_train_has_little_of_is_tried_in_folds_of_both(tmp_path: Path) -> None:
    records = {
        "train": [record("train", n) for n in range(40)]
        + [record("train", 50 + n, often, world="unseen") for n in range(3)],
        "test": [record("test", n) for n in range(40)]
        + [record("test", 100 + n, often, world="unseen") for n in range(60)]
        + [record("test", 200 + n, world="rare") for n in range(9)],
    }
    found = attack(published(tmp_path / "d", records))
    assert [(f.kind, f.tried_on) for f in found.kinds] == [("depots.rest", "test"), ("unseen.rest", "folds"), (ALL, "")]
    assert found.few == {"rare.rest": 9}
    assert any(told.startswith("unseen.rest (most_frequent") for told in found.leaks())
    assert not any(told.startswith("depots.rest") for told in found.leaks())
    assert 63 * 0.7 < found.kinds[1].rows < 63  # one fold is not tried
    total = found.kinds[-1].shares["most_frequent"]
    assert total.tried == found.kinds[-1].rows == 40 + found.kinds[1].rows
    assert any("Not tried" in line and "rare.rest (9)" in line for line in found.lines())
    assert [part.world for part in found.seams] == ["depots", "unseen", "all worlds"]


def test_a_row_is_never_given_its_own_document_for_another(tmp_path: Path) -> None:
    records = {}
    for split in ("train", "test"):
        records[split] = []
        for number in range(60):
            one = record(split, number // 3, own_facts)
            one.id = f"{split}-{number:05d}"
            records[split].append(one)
    found = attack(published(tmp_path / "d", records))
    assert rate(found, "lexical_top") > 0.9
    assert found.kinds[0].shares["swapped_document"].tried == 60 and rate(found, "swapped_document") == 0


def test_n_bounds_the_rows_of_a_split(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", train=60, test=60)
    assert attack(folder, n=25).kinds[0].rows == 25


def test_evidence_of_rows_without_an_answer_is_evidence(tmp_path: Path) -> None:
    """Seen: drafts of texts were evidence of questions that have no value for an answer, and looked like none."""
    records = {split: [record(split, n) for n in range(60)] for split in ("train", "test")}
    whole = attack(published(tmp_path / "a", records)).seams[-1].evidence
    assert whole > 100
    for split in records:
        for one in records[split][:15]:
            one.answer = ""
    found = attack(published(tmp_path / "b", records))
    assert found.skipped == 30 and found.seams[-1].evidence >= whole  # without them it would be 30 fewer


def test_rows_without_an_answer_are_left_out_and_told(tmp_path: Path) -> None:
    records = {split: [record(split, n) for n in range(40)] for split in ("train", "test")}
    records["test"][0].answer = records["test"][1].scenario["answer_type"] = records["test"][2].scenario["chance"] = ""
    records["test"][3].scenario["asked"] = records["test"][4].scenario["question"] = ""
    found = attack(published(tmp_path / "d", records))
    assert found.skipped == 5 and found.kinds[0].rows == 35
    assert any(line.startswith("5 rows have no question or no answer") for line in found.lines())


def test_a_form_that_the_check_takes_is_right_too(tmp_path: Path) -> None:
    records = {split: [record(split, n, at_the_end) for n in range(40)] for split in ("train", "test")}
    for one in records["train"] + records["test"]:
        one.checks = to_json([{"check": "exact_answer", "args": {"answer": "many", "forms": [one.answer]}}])
        one.answer = "many"
    assert "last_tenth" in leaky(attack(published(tmp_path / "d", records)))


def test_the_context_is_without_the_question_and_evidence_stays_where_it_was(tmp_path: Path) -> None:
    one = record("train", 1)
    quote = one.evidence[0].text
    head = f"{one.scenario['asked']}\n\n"
    one.prompt = [
        {"role": "system", "content": "Say 77 words."},
        {"role": "user", "content": head + one.prompt[0]["content"]},
    ]
    start = one.prompt[1]["content"].index(quote)
    one.evidence = [Evidence(1, 0, start, start + len(quote), quote)]
    files = files_by_split(published(tmp_path / "d", {"train": [one]}))
    rows, _ = read_rows(files, 10, 0)
    [(row, text, spans)] = contexts(files, rows)
    assert row.asked not in text and "77" not in text
    assert [text[since:until] for since, until in spans] == [quote]


# Figures


def test_the_interval_is_wilsons() -> None:
    share = Share(won=10, tried=100, chances=5.0)
    assert share.interval == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert share.chance == 0.05 and not share.above and not share.leaky
    assert Share(11, 100, 5.0).above and not Share(11, 100, 5.0).leaky
    assert Share(18, 100, 5.0).leaky and not Share(0, 0).leaky


def test_strict_holds_the_point_estimate_to_the_bound(honest: Attack) -> None:
    figures = KindFigures("k", 100, "test")
    figures.shares["last_tenth"] = Share(11, 100, 5.0)
    figures.shares[READER] = Share(100, 100, 5.0)
    found = Attack(Path("d"), 0, [figures], [], {}, 0)
    assert found.leaks() == [] and found.leaks(strict=True) == ["k (last_tenth 11%, chance 5%)"]
    assert any(line.startswith("  above: k, last_tenth is right in 11 of 100 (11.0%") for line in found.lines())


def test_the_figures_as_json(tmp_path: Path, honest: Attack) -> None:
    honest.write_figures(tmp_path / "f.json")
    figures = json.loads((tmp_path / "f.json").read_text())
    [kind] = figures["kinds"]
    assert set(kind["attackers"]) == {*HELD, READER} and "leaky" not in kind["attackers"][READER]
    assert kind["attackers"]["last_tenth"]["rows"] == 120 and kind["attackers"]["last_tenth"]["leaky"] is False
    assert figures["seam"][0]["world"] == "depots" and figures["bound"] == 0.05
    with pytest.raises(SettingsError, match="cannot be written"):
        honest.write_figures(tmp_path / "nowhere" / "f.json")


# Candidates


@pytest.mark.parametrize(
    ("type_", "text", "keys"),
    [
        ("count", "On 3 May 2019, 17 weeks in, EUR 4,200 went to 1,240 people and three dogs (RS-4471/23, 12%).", "1240 3"),
        ("amount", "It cost EUR 4,200.50, then $90, then 421,200 zlotys, at 12% over 9 weeks.", "4200.5 90 421200"),
        ("date", "On 3 May 2019, May 4, 2019, the 5th of June 2020, 02/08/2021.", "2019-05-03 2019-05-04 2020-06-05 2021-08-02"),
        ("percentage", "It rose by 12.50 per cent, then 3%.", "12.5 3"),
        ("code", "File RS-4471/23 or RS 4471-24, RS25/4471; not EUR 4,200, not 17.", "rs4471/23 rs447124 rs25/4471"),
    ],
)  # fmt: skip
def test_figures_are_found_by_their_form(type_: str, text: str, keys: str) -> None:
    assert [found.key for found in occurrences(type_, text) if found.typed] == keys.split()
    assert all(key(type_, text[found.start : found.end]) == found.key for found in occurrences(type_, text))


def test_durations_and_names_are_found_by_their_form() -> None:
    text = "Yesterday Anna Harlow met Dr Tom de Vries's aunt at Fennwick Quay. It took seventeen weeks, not 12-day shifts. She left."
    assert [found.key for found in occurrences("duration", text)] == ["17 week", "12 day"]
    assert {"tom de vries", "fennwick quay"} <= {found.key for found in occurrences("person", text)}
    assert "she" not in {found.key for found in occurrences("person", text.lower() + text)}
    depots = "The Harwick depot took BK 7057 in; the mobile crane BB 1887 stayed."
    found = {found.key for found in occurrences("name", depots, around={"depot", "mobile", "crane"})}
    rooms = occurrences(
        "name", "He left the payroll office of the north wing.", around={"payroll", "office", "of", "wing"}
    )
    assert [each.key for each in rooms] == ["payroll office", "wing"]
    assert {"harwick depot", "mobile crane bb1887"} <= {name.replace("bb 1887", "bb1887") for name in found}


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("amount", "EUR 4,200", "4200 euros"),
        ("amount", "EUR 4,200.50", "€4200.5"),
        ("date", "3 May 2019", "May 3rd, 2019"),
        ("date", "03/05/2019", "2019-05-03"),
        ("duration", "17 weeks", "seventeen-week"),
        ("count", "Three", "3"),
        ("person", "Dr. Anna Harlow", "anna harlow"),
        ("place", "the Fennwick Quay", "Fennwick Quay."),
        ("code", "RS 4471-23", "RS-4471-23"),
    ],
)
def test_two_ways_to_write_a_value_are_one(type_: str, one: str, other: str) -> None:
    assert key(type_, one) == key(type_, other) != key(type_, "4201")


@pytest.mark.parametrize(
    "piece", ["9", "A", "a", "1,11", "A-", "A1-", "May ", "A A ", "\n ", ".", "'", "1/", "$", "EUR 1 A "]
)
def test_no_text_takes_long(piece: str) -> None:
    text = "It was not so. And then it is " + piece * (200_000 // len(piece))
    start = time.process_time()
    context = Context(text)
    for type_ in ("count", "person", "name"):
        context.values(type_, (), frozenset({"a"}))
    seam = Seam()
    seam.add("row", "world", "document", context, [(0, 5)])
    assert len(context.spans[0]) and time.process_time() - start < 8  # quadratic: minutes


def test_of_a_conversation_only_what_states_something_is_held_against_evidence() -> None:
    stated = ["The fee of Anna Harlow is 40 now.", "The reader is Cora Minto, as agreed."]
    rest = ["How much is the fee of Bert Quarles?", "Then I will sort them by that.", "That is well and good."]
    text = " ".join([*stated, *rest])
    seam = Seam()
    seam.add("row", "world", "document", Context(text), [(0, 5)], talk=True)
    assert seam.labels == [1, 0] and seam.texts[1] == stated[1]
    document = Seam()
    document.add("row", "world", "document", Context(text), [(0, 5)])
    assert document.labels == [1, 0]


# What is refused


def refused(folder: Path, words: str, error: type[LongctxError] = SettingsError, **options) -> None:
    with pytest.raises(error, match=words):
        attack(folder, **options)


def test_what_cannot_be_attacked(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "is not a folder")
    refused(tmp_path, "holds no data", VerificationError)
    folder = dataset(tmp_path / "d", train=12, test=7)
    refused(folder, r"too few rows to attack: no question kind has 20 .*the most is 19")
    refused(folder, "--test-split validation: .* has the splits train, test", test_split="validation")
    refused(folder, "at least 1", n=0)
    foreign = tmp_path / "foreign" / "data"
    foreign.mkdir(parents=True)
    pq.write_table(pa.table({"text": ["a"]}), foreign / "train-00000-of-00001.parquet")
    refused(foreign.parent, "has no column id, prompt, .*built by longctx-synth")


def test_rows_that_ask_nothing_say_what_is_missing(tmp_path: Path) -> None:
    splits = {"train": plain.records("train", 30), "test": plain.records("test", 30)}
    publish.publish(tmp_path / "d", splits, paradigm="verifiable_if", scenario_fields=plain.SCENARIO)
    refused(
        tmp_path / "d",
        "do not say world, question, asked, answer_type, chance .*long_reasoning, document_grounded and multi_turn",
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("chance", "often", "its chance as 'often'"),
        ("chance", "1.2", "its chance as '1.2'"),
        ("answer_type", "colour", "'colour'"),
    ],
)
def test_scenarios_that_are_wrong_name_the_row(tmp_path: Path, name: str, value: str, words: str) -> None:
    records = [record("train", n) for n in range(3)]
    records[1].scenario[name] = value
    refused(published(tmp_path / "d", {"train": records}), f"Row train-00001 .*{words}")


def test_without_scikit_learn_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = dataset(tmp_path / "d", train=3, test=0)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    refused(folder, r"pip install 'longctx-synth\[eval\]'")
