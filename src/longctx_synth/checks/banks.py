"""Neutral language for composed answers: sentences that are true of any answer drawn from a document, headings, labels, titles.

No sentence here holds a comma, a digit, a name or a claim about the document's matter, so none can contradict a document,
break `closed_world` or a rule against commas. Sentences are whole and end in a full stop.
"""

from __future__ import annotations

from random import Random

FILLER = (
    "The document itself is the only source for this answer.",
    "Nothing has been added from outside.",
    "Each point can be traced to the text.",
    "The wording follows the original where it matters.",
    "Readers who need more detail will find it in the full text.",
    "Other passages deal with separate matters.",
    "The rest of the document does not change this.",
    "These are the points that bear on the request.",
    "The figures are given as the document gives them.",
    "Only what the text states has been used.",
    "The remaining sections add background rather than new findings.",
    "Taken together the points give a fair picture.",
    "The account above keeps to what is written.",
    "No estimate or guess has been made.",
    "A closer reading leads to the same result.",
    "The passages in question are short and plain.",
    "Anyone can check the statements against the source.",
    "The summary is brief on purpose.",
    "Details that were not asked for have been left out.",
    "The relevant lines stand in different parts of the document.",
    "Names and amounts are kept exactly as they appear.",
    "The text leaves little room for doubt on this.",
    "That covers what was asked.",
    "It is worth keeping these points together.",
    "The same matters may come up again in later papers.",
    "The order here follows the needs of the reader.",
    "Some of the surrounding text is of a general kind.",
    "The statements hold as of the date of the document.",
    "Later changes would not be visible here.",
    "The language of the source is formal but clear.",
    "A reader in a hurry can stop here.",
    "Further questions are best put to the authors.",
    "The document treats the subject at some length.",
    "Each statement stands on its own.",
    "The points above are not ranked by weight.",
    "What follows from them is for the reader to decide.",
    "The source is consistent on these points.",
    "There is no need to read between the lines.",
    "Minor remarks in the text have been passed over.",
    "The answer has been kept as short as the request allows.",
)

# Combined into many more where a long answer is due: who, what, how; each triple is a plain true sentence.
_WHO = ("The text", "The document", "The source", "The record")
_WHAT = (
    "sets these matters out",
    "deals with this subject",
    "presents the points",
    "covers the ground",
    "states its case",
)
_HOW = (
    "in plain terms",
    "in several places",
    "without much comment",
    "in a sober tone",
    "with care",
    "at a steady pace",
    "in an orderly way",
    "from more than one side",
    "in enough detail for most readers",
    "without any appeal to outside material",
)

KEYWORDS = {
    "overall": (
        "Overall the picture is clear.",
        "The overall account is consistent.",
        "Seen overall the points agree.",
    ),
    "context": (
        "The wider context is set out in the text.",
        "Read in context the points agree.",
        "The context leaves no doubt.",
    ),
    "detail": ("Every detail comes from the text.", "No detail has been changed.", "More detail stands in the source."),
    "evidence": ("The evidence is in the text itself.", "This evidence is direct.", "No other evidence was used."),
    "source": ("The source is the document alone.", "One source is enough here.", "The source speaks for itself."),
    "record": ("The record is plain on this.", "This is what the record shows.", "The record holds further remarks."),
    "reader": ("A careful reader will agree.", "Every reader can check this.", "The reader may stop here."),
    "notable": ("This is a notable point.", "Nothing else is as notable.", "The plain wording is notable too."),
    "briefly": (
        "Put briefly this is the result.",
        "The text says so briefly.",
        "Other matters are touched on briefly.",
    ),
    "directly": (
        "The text says so directly.",
        "This can be read directly.",
        "The points follow directly from the text.",
    ),
    "passage": (
        "The passage is easy to find.",
        "Another passage adds background.",
        "Each passage has been read with care.",
    ),
    "clearly": (
        "The text says this clearly.",
        "The points are clearly set out.",
        "It is clearly what the authors meant.",
    ),
    "summary": (
        "This summary keeps to the text.",
        "A short summary is enough here.",
        "The summary leaves out side matters.",
    ),
    "account": ("This account keeps to the text.", "The account is complete.", "No other account has been used."),
    "together": ("Together the points give the answer.", "They belong together.", "The points stand or fall together."),
    "matter": (
        "The matter is settled by the text.",
        "This matter is treated openly.",
        "No other matter was asked about.",
    ),
    "relevant": (
        "Only relevant points are given.",
        "The relevant lines are short.",
        "Nothing relevant has been left out.",
    ),
    "accurate": (
        "The wording is accurate.",
        "An accurate reading gives this result.",
        "The figures are accurate as printed.",
    ),
    "exactly": ("This is exactly what the text says.", "The points are given exactly.", "It reads exactly as quoted."),
    "confirmed": (
        "Each point is confirmed by the text.",
        "This is confirmed in writing.",
        "The result is confirmed on reading.",
    ),
    "original": (
        "The original wording is kept.",
        "The original text says more.",
        "In the original this is a single passage.",
    ),
}

OPENERS = {
    "Overall": "Overall the points agree with one another.",
    "Altogether": "Altogether the text gives a clear account.",
    "Meanwhile": "Meanwhile the other points deserve a mention.",
    "Clearly": "Clearly the text is the best guide here.",
    "Beyond": "Beyond that the document has more to say.",
    "Next": "Next come the points that complete the picture.",
    "Notably": "Notably the text is direct about this.",
    "Turning": "Turning to the details helps at this point.",
    "Likewise": "Likewise the text is open about what follows.",
    "Still": "Still there is more to set down.",
    "Together": "Together these points answer the request.",
    "Elsewhere": "Elsewhere the document adds to this.",
}

ORDINAL_OPENERS = (
    "First comes what the document states.",
    "Second comes what follows in the text.",
    "Third comes the remaining detail.",
    "Fourth comes a further remark.",
    "Fifth comes what is left to say.",
    "Sixth comes the close of the account.",
)

QUESTIONS = (
    "Would a fuller account of any of these points be useful?",
    "Which of these points should be looked at more closely?",
    "Is there another part of the document that should be covered?",
    "Should the remaining sections be summarised as well?",
    "Does this cover everything that was wanted?",
)

PLACEHOLDERS = (
    "Please send remarks to [contact name] in writing.",
    "This note was prepared for [recipient] on request.",
    "A copy has been filed under [file reference] for later use.",
    "Questions can be put to [department] at any time.",
    "The full text is kept at [location] for those who need it.",
    "It was checked by [reviewer] before release.",
)

CAPITALS = (
    "The document is the ONLY source used here.",
    "Please read ALL of the points above.",
    "There is NO guesswork in this account.",
    "The wording MUST be read as it stands.",
    "This does NOT go beyond the text.",
    "It applies to EVERY point named here.",
)

PARENTHESES = (
    "The points are taken from the text (and from nowhere else).",
    "The wording is that of the source (apart from small joins).",
    "Other matters (those not asked about) have been left out.",
    "The answer is short (as it should be).",
    "Each point (small or large) can be checked.",
)

SEMICOLONS = (
    "The points are few; each is taken from the text.",
    "Nothing was added; nothing was left out.",
    "The wording is plain; it needs no comment.",
    "Some passages are short; others go further.",
    "The text is clear; a second reading confirms it.",
)

SHORT = (
    "That is all.",
    "So it stands.",
    "Nothing else matters here.",
    "The text is plain.",
    "This much is certain.",
    "No more was asked.",
)

INTROS = (
    "The main points are these:",
    "The document makes the following points:",
    "This is what the text says:",
    "In detail:",
    "The points at hand are:",
    "The following can be read in the document:",
)

TITLES = (
    "What the Document Says",
    "Key Points from the Document",
    "A Short Account",
    "Findings at a Glance",
    "Points of Record",
    "The Essentials",
    "Summary of the Text",
    "Main Findings",
)

HEADINGS = (
    "Main points",
    "Further points",
    "Details",
    "Background",
    "Other matters",
    "Remarks",
    "Context",
    "Closing note",
    "Additional notes",
    "Scope",
)

LABELS = (
    "Main point",
    "Also",
    "In detail",
    "Further",
    "Worth noting",
    "In addition",
    "On record",
    "Another point",
    "As stated",
    "Of interest",
    "Of note",
    "In closing",
)

TOPS = ("What the document records:", "Further details:", "Other remarks:", "Closing points:")

ORDINALS = (
    "First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth Thirteenth Fourteenth Fifteenth "
    "Sixteenth Seventeenth Eighteenth Nineteenth Twentieth"
).split()

TABLE_HEADERS = ("Point", "Statement", "Source", "Status", "Kind")
TABLE_CELLS = ("the document", "as stated", "finding", "on record")

QUOTE_LEADS = ("The document states:", "In the words of the document:", "The text reads:", "The passage reads:")


def filler(rng: Random) -> list[str]:
    """A shuffled run of neutral sentences, hand-written ones first, several hundred in all, none twice."""
    written = list(FILLER)
    rng.shuffle(written)
    combined = [f"{who} {what} {how}." for who in _WHO for what in _WHAT for how in _HOW]
    rng.shuffle(combined)
    return written + combined
