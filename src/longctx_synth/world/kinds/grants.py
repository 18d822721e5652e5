# ruff: noqa: E501  (a template is one line, however long)
"""Grant files: projects that a fund supports, each with its money, people and terms."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="grants",
    noun="project",
    plural="projects",
    work="this round of grants",
    work_again=("the round", "the grants round"),
    titles=lines("""
        Grants awarded by {org}: the file
        {org}: account of grants for local projects
        Budget file for supported projects, {org}, {city}
        Supported projects and their budgets, {org}
        The grants desk of {org}: projects under way
    """),
    headings=lines("""
        Projects in {area}
        Grants to the {area} district
        From the {area} call
        {area}: awards and terms
        Applications received from {area}
        Money for {area}
    """),
    opening=lines("Purpose of the file\nThe fund\nTerms of reference\nHow grants are given"),
    closing=lines("Outlook\nAudit and archive\nWhat remains to be done\nClosing of the file"),
    own=("the {place} {noun}", "the {head}|the project"),
    subjects=(
        ("the {place} bandstand project", "the project|the scheme"),
        ("the {place} seed library", "the library|the project"),
        ("the {place} choir archive", "the archive|the project"),
        ("the {place} village bakery", "the bakery|the project"),
        ("the {place} bicycle school", "the school|the project"),
        ("the {place} river survey", "the survey|the project"),
        ("the {place} theatre tour", "the tour|the project"),
        ("the {place} repair café", "the café|the project"),
        ("the {place} orchard plan", "the plan|the project"),
        ("the {place} night bus trial", "the trial|the scheme"),
        ("the {place} swimming course", "the course|the project"),
        ("the {place} weaving room", "the project|the scheme"),
        ("the {place} story festival", "the festival|the project"),
        ("the {place} bee garden", "the garden|the project"),
        ("the {place} chess club", "the club|the project"),
        ("the {place} mobile clinic", "the clinic|the scheme"),
    ),
    words=vocabulary("""
        need: tools, chairs, lamps, a projector, insurance, training, paint, software, printed handouts, folding tables, a notice board, shelves, first-aid kits, a second key, travel money, name badges, a store cupboard, loan laptops, safety vests
        who: the residents' committee, a neighbouring association, a retired teacher, the local paper, the pharmacist, a group of students, the library, the youth club, a shopkeeper, a volunteer, the market committee, a carpenter, the landlord, the sports club
        merit: modest, well argued, ambitious, overdue, easy to copy, much talked about, untested, popular, rooted in the place, cheap to run, thorough, a little vague
        doubt: the upkeep, the winter months, the missing permit, the noise, the number of volunteers, the lease, rising prices, the tight timetable, the storage, the opening hours
        deed: lent a room, held a collection, wrote a letter of support, gave old furniture, lent a van, offered to keep the books, printed the leaflets, answered the telephone, cooked for the volunteers, drew the plans
    """),
    attributes=(
        attribute(
            "decided",
            "date",
            "the date on which the grant for {s} was decided",
            """
            The grant for {s} was decided on {v}.
            The board decided on {v} [to support|in favour of] {s}[|, which it found $merit].
            On {v} the board [said yes to|decided on a grant for] {s}.
            {s} has had its grant since the decision of {v}.
            {v} is the date of the decision [to fund|on the grant for] {s}.
            It was on {v} that the grant for {s} was decided[|, after a debate about $doubt].
            After a first reading, the grant for {s} was decided on {v}.
            The board's decision on a grant for {s} [dates from|was taken on] {v}.
            A decision of {v} gave {s} its grant[|, mainly for $need].
            The vote that gave {s} its grant [fell|was held] on {v}.
            {s} was put to the vote on {v}, and the grant was given.
            """,
            """
            The grant for {s} was decided on {v}.
            {v} is the date on which the grant for {s} was decided.
            The decision on the grant for {s} was taken on {v}.
            {s} was awarded its grant on {v}.
            The board decided on {v} to support {s}.
            """,
            low=-700,
            high=-330,
            first="decided on",
            top="the latest grant decision",
            bottom="the earliest grant decision",
            over="a grant decision later than {x}",
        ),
        attribute(
            "award",
            "amount",
            "the grant that was awarded to {s}",
            """
            {s} was awarded {v}.
            A grant of {v} was awarded to {s}[|, with $need in mind].
            The board awarded {v} to {s}[|, not a coin more].
            {v} is the grant [that went|awarded] to {s}.
            For {s} the fund [gives|awarded] {v}[|, chiefly for $need].
            The grant awarded to {s} [comes to|amounts to] {v}.
            With a grant of {v}, {s} can [buy|pay for] $need and $need.
            {s} [lives on|has to make do with] a grant of {v}.
            To {s} went a grant of {v}[|, thanks in part to $who].
            The fund backs {s} with a grant of {v}.
            The books show {v} as the grant to {s}.
            """,
            """
            {s} was awarded a grant of {v}.
            The grant awarded to {s} was {v}.
            A sum of {v} was awarded to {s}.
            The fund awarded {v} to {s}.
            {s} received a grant in the amount of {v}.
            """,
            low=1300,
            high=240000,
            top="the largest grant",
            bottom="the smallest grant",
            over="a grant above {x}",
        ),
        attribute(
            "applicant",
            "person",
            "the person who applied on behalf of {s}",
            """
            {v} applied on behalf of {s}.
            The application for {s} was [signed|handed in] by {v}[|, who called it $merit].
            On behalf of {s}, {v} [applied|filled in the forms].
            {s} owes its application to {v}.
            It was {v} who applied for {s}[|, with the help of $who].
            The applicant for {s} is {v}[|; $who $deed].
            Behind the application for {s} stands {v}.
            {v}, who applied for {s}, [answered every question|spoke before the board|was asked about $doubt].
            The name of {v} stands on the application for {s}.
            {s} was brought before the board by {v} as applicant.
            """,
            """
            {v} applied on behalf of {s}.
            The application for {s} was made by {v}.
            The person who applied for {s} was {v}.
            {s} had {v} as its applicant.
            On behalf of {s}, the application came from {v}.
            """,
            which="had {v} as its applicant",
        ),
        attribute(
            "reached",
            "count",
            "the number of people whom {s} is meant to reach",
            """
            {s} is meant to reach {v} people.
            {v} people are to be reached by {s}[|, pupils first of all].
            The application says that {s} will reach {v} people.
            In numbers, {s} hopes to reach {v} people[|, in spite of $doubt].
            The plan for {s} speaks of {v} people to be reached.
            With luck {s} will reach the {v} people [foreseen|named in its plan].
            {s} sets itself the aim of reaching {v} people.
            If all goes well, {v} people will be reached by {s}.
            The aim of {s} is to reach {v} people[|, which $who thinks $merit].
            As many as {v} people are expected to be reached by {s}.
            """,
            """
            {s} is meant to reach {v} people.
            The number of people to be reached by {s} is {v}.
            {s} has the aim of reaching {v} people.
            In all, {s} should reach {v} people.
            {v} people are meant to be reached by {s}.
            """,
            low=23,
            high=8700,
            top="the largest number of people to be reached",
            bottom="the smallest number of people to be reached",
            over="more than {x} people to be reached",
        ),
        attribute(
            "own",
            "percentage",
            "the share of its costs that {s} has to raise itself",
            """
            {s} has to raise {v} of its costs itself.
            Of its costs, {s} must [find|raise] {v} itself[|, as $who knows].
            The own share of {s} [is|was fixed at] {v} of costs.
            {v} of the costs must be raised by {s} itself.
            By the terms, {s} itself carries {v} of its costs.
            The rest being paid by the fund, {s} raises {v} of its costs.
            An own share of {v} of costs is asked of {s}[|, which $who found hard].
            To {s} it falls to raise {v} of its costs.
            {s} agreed to raise {v} of its costs itself[|, $need included].
            Before any payment, {s} must show that it can raise {v} of its costs.
            """,
            """
            {s} has to raise {v} of its costs itself.
            The share of costs that {s} must raise itself is {v}.
            {s} itself has to find {v} of its costs.
            An own share of {v} of costs was set for {s}.
            Of its costs, {v} must be raised by {s} itself.
            """,
            low=52,
            high=684,
            top="the highest own share of costs",
            bottom="the lowest own share of costs",
            over="an own share of costs above {x}",
        ),
        attribute(
            "term",
            "duration",
            "how long support for {s} will run",
            """
            Support for {s} will run for {v}.
            {s} will be supported for {v}.
            The board set the term of support for {s} at {v}[|, with an eye to $doubt].
            For {v}, {s} can count on support.
            The support given to {s} has a term of {v}.
            {v} is the time for which support for {s} will run.
            Support for {s} ends {v} after the first payment[|, whatever becomes of $need].
            Nobody has promised {s} more than {v} of support.
            The agreement gives {s} {v} of support.
            With support for {v}, {s} has time to [settle|find its feet|deal with $doubt].
            """,
            """
            Support for {s} will run for {v}.
            The term of support for {s} is {v}.
            {s} will be supported for {v}.
            For {s}, support has been agreed for {v}.
            The support granted to {s} lasts {v}.
            """,
            low=7,
            high=41,
            unit="months",
            top="the longest term of support",
            bottom="the shortest term of support",
            over="a term of support longer than {x}",
        ),
        attribute(
            "grant",
            "code",
            "the grant number of {s}",
            """
            {s} has the grant number {v}.
            The grant number of {s} is {v}.
            Under grant number {v}, {s} [is kept in the books|receives its payments].
            Grant {v} [is that of|belongs to] {s}.
            Payments to {s} are booked under grant number {v}.
            {v} is the grant number [given|assigned] to {s}.
            All letters about {s} [carry|quote] grant number {v}[|, even those from $who].
            The ledger keeps {s} as grant {v}.
            The number {v} was given to the grant for {s}.
            On every receipt, {s} must note its grant number, {v}.
            """,
            """
            {s} has the grant number {v}.
            The grant number of {s} is {v}.
            For {s}, the grant number is {v}.
            {s} is booked under grant number {v}.
            Grant {v} is the one for {s}.
            """,
            unit="GR",
            which="has the grant number {v}",
        ),
        attribute(
            "home",
            "place",
            "the place where {s} has its rooms",
            """
            {s} has its rooms at {v}.
            The rooms of {s} are at {v}[|, over those of $who].
            At {v} {s} [has found|keeps] its rooms.
            {s} rents rooms at {v}[|, cold in winter but cheap].
            {v} is where {s} has its rooms.
            For rooms, {s} went to {v}.
            {s} moved into rooms at {v}[|, after $who $deed].
            The address of {s} is {v}, where it has its rooms.
            Visitors find the rooms of {s} at {v}.
            The lease for the rooms of {s} is for {v}.
            """,
            """
            {s} has its rooms at {v}.
            The rooms of {s} are at {v}.
            {v} is the place where {s} has its rooms.
            The place where {s} has its rooms is {v}.
            Those who look for the rooms of {s} have to go to {v}.
            """,
            which="has its rooms at {v}",
        ),
        attribute(
            "report",
            "date",
            "the date by which {s} must hand in its final report",
            """
            {s} must hand in its final report by {v}.
            The final report of {s} is due by {v}.
            By {v}, {s} has to hand in its final report[|, with receipts for $need].
            {v} is the last day on which {s} may hand in its final report.
            A final report from {s} is expected by {v}.
            The fund wants the final report of {s} by {v}[|, and a word on $doubt].
            For its final report {s} has time until {v}.
            No later than {v}, the final report of {s} must be handed in.
            The terms oblige {s} to hand in a final report by {v}.
            The date set for the final report of {s} is {v}.
            """,
            """
            {s} must hand in its final report by {v}.
            The final report of {s} is due by {v}.
            By {v}, the final report of {s} has to be handed in.
            {v} is the date by which {s} has to hand in its final report.
            The due date for the final report of {s} is {v}.
            """,
            low=950,
            high=3300,
            top="the latest due date for the final report",
            bottom="the earliest due date for the final report",
            over="a final report due after {x}",
        ),
    ),
    pairs={
        ("decided", "award"): lines("""
            On {decided} the board decided on a grant of {award} for {s}.
            {s} was awarded {award} by a decision of {decided}.
            The grant for {s}, decided on {decided}, comes to {award}.
        """),
        ("award", "own"): lines("""
            {s} was awarded {award} and has to raise {own} of its costs itself.
            With a grant of {award}, {s} must still raise {own} of its costs itself.
        """),
        ("applicant", "home"): lines("""
            {applicant} applied on behalf of {s}, which has its rooms at {home}.
            {s}, with rooms at {home}, was put forward by {applicant} as applicant.
        """),
        ("reached", "term"): lines("""
            {s} is meant to reach {reached} people, and support for it will run for {term}.
            Support for {s} will run for {term}; it is meant to reach {reached} people.
        """),
        ("grant", "report"): lines("""
            Under grant number {grant}, {s} must hand in its final report by {report}.
            The final report of {s}, grant number {grant}, is due by {report}.
        """),
    },
    colour=lines("""
        $who $deed, [which|and that] [counted in its favour|impressed the board|was noted with thanks].
        The board found the idea $merit, [but|though] it asked about $doubt[| and about $need].
        Money is wanted for $need [and|and also for] $need[|; $who has promised the rest].
        [A visit|A telephone call] to $who [cleared up|raised] the question of $doubt.
        $who worries about $doubt; what speaks for {s} is that $who $deed.
        [Letters|Kind words] from $who [speak of|ask for] $need and call the plan $merit.
        For $need, {s} had to wait until $who $deed.
        In the view of $who, {s} is $merit[|, whatever one thinks of $doubt|, and $need can be borrowed].
        The expert [called|found] the budget $merit and [struck out|cut down on|asked for more] $need.
        [The talk turned to|The board came back to] $doubt [again when|after] $who $deed.
        Much rests on $who, [since|now that] $who $deed and $need can be [shared|bought].
        At the first meeting, $who [gave a speech|took the minutes|asked the questions], and $who $deed.
        [Without|But for] $who, {s} would [lack|be without] $need[| to this day| and have little hope].
    """),
    short=lines("""
        The statutes are on file.
        Receipts are kept for ten years.
        The accounts were examined.
        No payment is outstanding.
        The landlord has agreed.
        A second instalment depends on the interim report.
        The board asked no further questions.
        Minutes of the discussion can be read at the grants desk.
        Publicity must name the fund in print and on the door.
        Volunteers are insured.
        The bank details were confirmed.
        Two references were obtained.
        The plan was changed in small points after talks with the grants desk.
        An interim visit is planned.
        Nothing may be sold on.
    """),
)
