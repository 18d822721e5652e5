"""What stands around the subjects in every kind of document: how the work was ordered, and how it goes on.

The opening and the closing section have the work itself for a subject ("this round of inspections") and hold facts
like any other section, so nothing in a document is mere wrapping.
"""

from __future__ import annotations

from longctx_synth.world.kinds.base import Attribute, attribute

WORDS = {
    "people": (
        "the auditors",
        "two of the trustees",
        "the legal advisers",
        "the staff delegates",
        "the accountants",
        "most of the directors",
    ),
    "grade": ("careful", "plain", "brief", "steady", "critical", "fair"),
}

OPENING: tuple[Attribute, ...] = (
    attribute(
        "ordered",
        "date",
        "the date on which {s} was ordered",
        """
        {org} ordered {s} on {v}[|, at the wish of $people].
        The order for {s} [was given|went out] on {v}.
        On {v} {org} [decided on|gave the order for] {s}.
        {s} [rests on|goes back to] an order of {v}.
        The decision to begin {s} was [taken|signed] on {v}[|, with $people in agreement].
        {v} is the date of the order for {s}.
        """,
        """
        {s} was ordered on {v}.
        The order for {s} was given on {v}.
        {v} is the date on which {s} was ordered.
        According to the document, the order for {s} dates from {v}.
        """,
        low=-900,
        high=-720,
        base="start",
    ),
    attribute(
        "author",
        "person",
        "the person who was asked to write up {s}",
        """
        {v} was asked to write up {s}.
        The text [was written|is] by {v}, who was asked to write up {s}.
        Writing up {s} [fell to|was entrusted to] {v}[|, with help from $people].
        The task of writing up {s} [was given to|lay with] {v}.
        {org} asked {v} to write up {s} in a~$grade tone.
        The hand that wrote up {s} is that of {v}.
        """,
        """
        {v} was asked to write up {s}.
        The person asked to write up {s} was {v}.
        Writing up {s} was the task of {v}.
        It was {v} who had to write up {s}.
        """,
    ),
    attribute(
        "budget",
        "amount",
        "the budget that was granted for {s}",
        """
        The budget granted for {s} [is|was] {v}.
        For {s}, {org} granted a budget of {v}.
        {v} was [granted|set aside] as the budget for {s}[|, over the doubts of $people].
        With a budget of {v}, {s} [had to be planned with care|could not afford much travel|stayed modest].
        {s} [was paid for|had to be paid for] from a budget of {v}.
        The money granted for {s} [comes to|amounts to] {v}[|, as $people had proposed].
        """,
        """
        The budget granted for {s} was {v}.
        {s} had a budget of {v}.
        A sum of {v} was granted for {s}.
        For {s}, {v} was made available.
        """,
        low=9000,
        high=180000,
    ),
    attribute(
        "hours",
        "count",
        "the number of working hours that were spent on {s}",
        """
        {v} working hours were spent on {s}.
        {s} took {v} working hours[|, travel not counted|, by the sheets that $people checked].
        The time sheets for {s} [show|add up to] {v} working hours.
        In all, {v} working hours went into {s}.
        Staff [booked|entered] {v} working hours for {s}.
        The work put into {s} [comes to|amounts to] {v} working hours.
        """,
        """
        {v} working hours were spent on {s}.
        {s} took {v} working hours.
        The number of working hours spent on {s} was {v}.
        In total, staff spent {v} working hours on {s}.
        """,
        low=170,
        high=4800,
    ),
    attribute(
        "file",
        "code",
        "the file number under which {s} is kept",
        """
        {s} is kept under file number {v}.
        The file number [of|for] {s} is {v}.
        All papers that belong to {s} [bear|carry] the file number {v}.
        In the registry, {s} [has|was given] the file number {v}.
        Whoever writes about {s} [should|is asked to] quote file number {v}.
        File {v} holds the papers of {s}[|; $people have access].
        """,
        """
        {s} is kept under file number {v}.
        The file number of {s} is {v}.
        The papers of {s} are filed under {v}.
        For {s}, the file number is {v}.
        """,
        unit="FN",
    ),
    attribute(
        "base",
        "place",
        "the place from which {s} was run",
        """
        {s} was run from {v}, [in|near] {city}.
        [An office|A back room] at {v} [served as the base for|was home to] {s}.
        The base for {s} was {v}[|, lent by $people].
        Those who worked on {s} [sat|had their desks] at {v}.
        {v} in {city} was the place from which {s} was run.
        From {v}, a small staff ran {s}.
        """,
        """
        {s} was run from {v}.
        {v} was the base from which {s} was run.
        The place from which {s} was run was {v}.
        Those in charge ran {s} from {v}.
        """,
    ),
)

CLOSING: tuple[Attribute, ...] = (
    attribute(
        "signed",
        "person",
        "the person who will sign off {s}",
        """
        {s} will be signed off by {v}.
        {v} [will sign off|is to sign off] {s}[| once $people are content].
        Signing off {s} [is left to|rests with] {v}.
        The last word lies with {v}, who will sign off {s}.
        It is for {v} to sign off {s}.
        """,
        """
        {v} will sign off {s}.
        {s} will be signed off by {v}.
        The person who will sign off {s} is {v}.
        Signing off {s} is up to {v}.
        """,
    ),
    attribute(
        "repeat",
        "date",
        "the date by which {s} is to be repeated",
        """
        {s} is to be repeated by {v}.
        By {v}, {s} [should|is to] be repeated.
        A repeat of {s} is [due|wanted] by {v}[|, if $people find the money].
        {org} wants {s} repeated by {v}.
        The next time comes soon: {s} is to be repeated by {v}.
        """,
        """
        {s} is to be repeated by {v}.
        {v} is the date by which {s} is to be repeated.
        The repeat of {s} is due by {v}.
        By {v}, {s} has to be repeated.
        """,
        low=190,
        high=700,
    ),
    attribute(
        "reserve",
        "amount",
        "the reserve that was left when {s} ended",
        """
        When {s} ended, a reserve of {v} was left.
        A reserve of {v} [was left|remained] at the end of {s}[|, to the surprise of $people].
        {s} left a reserve of {v}.
        The reserve that remained after {s} [is|was] {v}.
        At its end, {s} had a reserve of {v} in hand.
        """,
        """
        A reserve of {v} was left when {s} ended.
        The reserve left at the end of {s} was {v}.
        {s} ended with a reserve of {v}.
        When {s} was over, {v} remained in reserve.
        """,
        low=310,
        high=7800,
    ),
    attribute(
        "copies",
        "count",
        "the number of copies in which the report on {s} was printed",
        """
        The report on {s} was printed in {v} copies.
        {v} copies of the report on {s} were printed[|, some of them for $people].
        On paper, the report on {s} exists in {v} copies.
        The printer delivered {v} copies of the report on {s}.
        There are {v} printed copies of the report on {s}.
        """,
        """
        The report on {s} was printed in {v} copies.
        {v} copies of the report on {s} were printed.
        The number of printed copies of the report on {s} was {v}.
        For the report on {s}, the print run was {v} copies.
        """,
        low=12,
        high=640,
    ),
    attribute(
        "archive",
        "place",
        "the place where the papers of {s} will be stored",
        """
        The papers of {s} will be stored at {v}.
        {v} will [store|take in] the papers of {s}.
        After that, the papers of {s} go to {v} for storage.
        For storage, the papers of {s} [will be sent|go] to {v}[|, where $people can see them].
        The store at {v} will [house|receive] the papers of {s}.
        """,
        """
        The papers of {s} will be stored at {v}.
        {v} is where the papers of {s} will be stored.
        Storage of the papers of {s} will be at {v}.
        For storage, the papers of {s} will go to {v}.
        """,
    ),
    attribute(
        "objection",
        "duration",
        "how long objections to the findings of {s} can be sent in",
        """
        Objections to the findings of {s} can be sent in for {v}.
        For {v}, [anyone named here|those concerned] can send in objections to the findings of {s}.
        Those who object to the findings of {s} have {v} to [write|say so].
        The period for objections to the findings of {s} is {v}[|, as $people asked].
        {v} are allowed for objections to the findings of {s}.
        """,
        """
        Objections to the findings of {s} can be sent in for {v}.
        The period for objections to the findings of {s} is {v}.
        Anyone who objects to the findings of {s} has {v} to do so.
        For {v}, objections to the findings of {s} are accepted.
        """,
        low=11,
        high=90,
        unit="days",
    ),
)
