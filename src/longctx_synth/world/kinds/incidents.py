# ruff: noqa: E501  (a template is one line, however long)
"""Incident logs: mishaps at the premises of one body, each with its story."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="incidents",
    noun="incident",
    plural="incidents",
    work="this safety programme",
    work_again=("the programme", "the safety programme"),
    titles=lines("""
        Incident log of {org}
        {org}: incidents and what was learned from them
        Log of mishaps and stoppages, {org}, {city}
        Incidents at the premises of {org}
        Safety desk of {org}: incident log
    """),
    headings=lines("""
        Incidents in the {area} area
        The {area} shift book
        Reports from {area}
        Stoppages around {area}
        What happened at {area}
        {area}: entries with narrative
    """),
    opening=lines("About this log\nHow incidents are logged\nFrom the safety desk\nReading this log"),
    closing=lines("Closing entries\nLessons and filing\nAfter the last entry\nAdministrative notes"),
    own=("the {mishap} at the {place} {noun}", "the incident|the event"),
    subjects=(
        ("the $mishap at the {place} bakery", "the incident|the mishap"),
        ("the $mishap at the {place} cold store", "the incident|the event"),
        ("the $mishap at the {place} printing works", "the incident|the mishap"),
        ("the $mishap at the {place} laundry", "the event|the incident"),
        ("the $mishap at the {place} sawmill", "the incident|the mishap"),
        ("the $mishap at the {place} laboratory", "the incident|the event"),
        ("the $mishap at the {place} loading dock", "the event|the mishap"),
        ("the $mishap at the {place} tannery", "the incident|the affair"),
        ("the $mishap at the {place} dye house", "the incident|the affair"),
        ("the $mishap at the {place} bottling line", "the stoppage|the incident"),
        ("the $mishap at the {place} quarry", "the incident|the event"),
        ("the $mishap at the {place} records office", "the event|the incident"),
    ),
    words=vocabulary("""
        mishap: ammonia leak, power failure, burst pipe, small fire, conveyor jam, forklift collision, flooding, gas alarm, boiler trip, roof collapse, chemical spill, lift breakdown, dust explosion, compressor failure, network outage, smoke alarm, silo blockage, crane fault
        cause: a loose cable, a blocked drain, a forgotten tool, a faulty sensor, a wrong setting, a missing guard, a misread note, poor lighting, an unlocked door, a worn seal, an old repair, a skipped check, a missing sign, a hurried handover
        part: the main switch, the rear gate, the duty room, the sprinkler line, the fuse board, the drain cover, the spare generator, the emergency exit, the first-aid cabinet, the stair door, the alarm panel, the store room, the ventilation duct
        who: the shift leader, the night guard, a van driver, the first-aider, an electrician, a neighbour, the cleaner, a trainee, the fire brigade, the duty manager, a colleague from next door, a visitor
        step: shut the doors, rang the bell, cut the current, cleared the stairs, closed the shutters, opened the windows, called for help, pressed the alarm, locked the gate, counted heads, brought blankets, moved the vehicles
        mood: calm, confused, tense, orderly, slow to react, quick and quiet, more curious than afraid, tired
        fix: a second alarm, a printed notice, a spare key, a weekly check, better lamps, a steel cover, a short course, a change of shifts, a clear floor plan, a second exit sign, a longer ladder
    """),
    attributes=(
        attribute(
            "happened",
            "date",
            "the date of {s}",
            """
            {s} [happened|occurred|took place] on {v}.
            On {v} came {s}[|, while $who was at work near $part].
            {v} was the day of {s}.
            The log has {v} for {s}[|, with $cause named as the likely cause].
            It was {v} when {s} [set everyone running|stopped all work|was noticed].
            {s} is entered under {v}[|, in the hand of $who].
            The entry on {s} is dated {v}, the day it happened.
            Work went on as usual until {s}, which happened on {v}.
            {s} goes back to {v}[|, when $cause went unseen].
            [No one expected|Few remember without a shudder] {s} on {v}.
            The day of {s} was {v}[|, and $who $step].
            """,
            """
            The date of {s} was {v}.
            {s} happened on {v}.
            It was on {v} that {s} took place.
            The document dates {s} to {v}.
            {v} is given as the day of {s}.
            """,
            low=-900,
            high=-260,
            first="recorded as having happened",
            top="the latest date",
            bottom="the earliest date",
            over="a date later than {x}",
        ),
        attribute(
            "reporter",
            "person",
            "the person who reported {s}",
            """
            {v} reported {s}[|, having $step|].
            {s} was reported by {v}[|, who $step first].
            The report of {s} [came from|was made by] {v}.
            It was {v} who reported {s}[|, a little out of breath].
            {v} was the one to report {s}[|, before $who $step].
            Word of {s} reached the safety desk through {v}, who reported it.
            The first report of {s} [bears the name of|was telephoned in by] {v}.
            As the one who reported {s}, {v} [was heard twice|wrote two pages|was thanked].
            {s} [would have gone on longer|might have been worse] if {v} had not reported it.
            The safety desk heard of {s} from {v}, who [made|gave] the report.
            """,
            """
            {v} reported {s}.
            {s} was reported by {v}.
            The person who reported {s} was {v}.
            The report of {s} came from {v}.
            It was {v} who made the report on {s}.
            """,
            which="was reported by {v}",
        ),
        attribute(
            "evacuated",
            "count",
            "the number of people who were sent outside because of {s}",
            """
            {v} people were sent outside because of {s}.
            Because of {s}, {v} people [had to go|were sent] outside[|, where the mood was $mood].
            {s} [sent|drove] {v} people outside.
            When heads were counted after {s}, {v} people had been sent outside.
            Outside stood {v} people, sent there because of {s}[|, while $who $step].
            The head count [for|after] {s} gave {v} people sent outside.
            In consequence of {s}, the [stairs|yard] filled with {v} people sent outside.
            {s} meant that {v} people were sent outside[|, $mood on the whole].
            The number sent outside because of {s} was {v}[|, as $who confirmed].
            For {v} people, {s} [meant|brought] an order to go outside.
            """,
            """
            {v} people were sent outside because of {s}.
            Because of {s}, {v} people had to go outside.
            {s} sent {v} people outside.
            The number of people sent outside because of {s} was {v}.
            In all, {s} led to {v} people being sent outside.
            """,
            low=11,
            high=420,
            top="the highest number of people sent outside",
            bottom="the lowest number of people sent outside",
            over="more than {x} people sent outside",
        ),
        attribute(
            "damage",
            "amount",
            "the cost of the damage done by {s}",
            """
            The damage done by {s} [cost|came to] {v}.
            {s} did damage of {v}[|, mostly to $part].
            Damage from {s} was [valued|assessed] at {v}.
            The insurers [put|set] the damage done by {s} at {v}.
            {v} is the cost of the damage that {s} left[|, $part included].
            In damage, {s} cost {v}.
            The bill for the damage done by {s} [amounts|comes] to {v}[|, without $fix].
            {s} caused damage worth {v}[|, $cause being the reason given].
            To make good the damage done by {s} cost {v}.
            For the damage that {s} did, {v} had to be [paid|found].
            The assessor's figure for the damage done by {s} is {v}.
            """,
            """
            The damage done by {s} cost {v}.
            {s} caused damage of {v}.
            The cost of the damage done by {s} was {v}.
            Damage from {s} was put at {v}.
            In damage, {s} came to {v}.
            """,
            low=420,
            high=380000,
            top="the highest cost of damage",
            bottom="the lowest cost of damage",
            over="a cost of damage above {x}",
        ),
        attribute(
            "standstill",
            "duration",
            "how long work stood still after {s}",
            """
            Work stood still for {v} after {s}.
            After {s}, work [stood still|was at a standstill] for {v}[|, as $part had to be tested].
            {s} [brought|cost] a standstill of {v}.
            For {v} nothing moved after {s}[|, though $who had $fix at hand].
            The standstill after {s} lasted {v}.
            {v} passed after {s} before work began again[|, and the mood was $mood].
            It took {v} to get work going again after {s}.
            Production was still for {v} following {s}[|, until $part was released].
            {s} was followed by a standstill of {v}.
            A standstill of {v} was the result of {s}.
            """,
            """
            Work stood still for {v} after {s}.
            After {s}, the standstill lasted {v}.
            {s} brought work to a standstill for {v}.
            The standstill that followed {s} lasted {v}.
            For {v}, work stood still because of {s}.
            """,
            low=3,
            high=119,
            unit="hours",
            top="the longest standstill",
            bottom="the shortest standstill",
            over="a standstill longer than {x}",
        ),
        attribute(
            "spoiled",
            "percentage",
            "the share of the day's output that was spoiled by {s}",
            """
            {v} of the day's output was spoiled by {s}.
            {s} spoiled {v} of the day's output.
            Of the day's output, {s} [spoiled|ruined] {v}[|, chiefly what lay near $part].
            The share of the day's output that {s} spoiled [is|came to] {v}.
            By weight, {v} of the day's output was [lost|spoiled] through {s}.
            Through {s}, {v} of the day's output was spoiled[|, as $who found on counting].
            {v} of that day's output could not be sold after {s} had spoiled it.
            As to output, {s} spoiled {v} of what the day had brought.
            The count after {s} found {v} of the day's output spoiled.
            What {s} spoiled was {v} of the day's output[|, no more].
            """,
            """
            {v} of the day's output was spoiled by {s}.
            {s} spoiled {v} of the output of that day.
            The share of the day's output spoiled by {s} was {v}.
            Through {s}, {v} of the output of the day was lost.
            Of that day's output, {v} was spoiled by {s}.
            """,
            low=13,
            high=912,
            top="the largest share of spoiled output",
            bottom="the smallest share of spoiled output",
            over="a share of spoiled output above {x}",
        ),
        attribute(
            "case",
            "code",
            "the case number of {s}",
            """
            {s} has the case number {v}.
            The case number of {s} is {v}.
            Under case number {v}, {s} [can be followed|is on file].
            The safety desk gave {s} the case number {v}.
            Case {v} [deals with|is] {s}[|, $cause and all].
            {v} is the case number under which {s} was [opened|filed].
            Letters about {s} must quote case number {v}.
            In the register, case {v} stands for {s}[|; $who has a copy].
            The insurers know {s} as case {v}.
            {s} was entered as case {v}[|, with drawings of $part].
            """,
            """
            {s} has the case number {v}.
            The case number of {s} is {v}.
            {s} is filed under case number {v}.
            For {s}, the case number is {v}.
            Case {v} is the one on {s}.
            """,
            unit="CN",
            which="is filed under case number {v}",
        ),
        attribute(
            "moved",
            "place",
            "the place to which work was moved after {s}",
            """
            Work was moved to {v} after {s}.
            After {s}, work [was moved|moved] to {v}[|, $part excepted].
            {v} [took in|received] the work that was moved after {s}.
            Until repairs were done, the work stopped by {s} was moved to {v}.
            The place to which work was moved after {s} was {v}.
            {s} forced work to move to {v}.
            In the wake of {s}, work went on at {v}, to which it had been moved.
            Following {s} the work was moved, [crate by crate|overnight|with borrowed vans], to {v}.
            Because of {s}, work had to be moved to {v}.
            To keep going after {s}, work was moved to {v}[|, a place $who had suggested].
            """,
            """
            Work was moved to {v} after {s}.
            After {s}, work was moved to {v}.
            The place to which work was moved after {s} was {v}.
            {v} was where work was moved after {s}.
            Following {s}, the work moved to {v}.
            """,
            which="led to work being moved to {v}",
        ),
    ),
    pairs={
        ("happened", "reporter"): lines("""
            {s} happened on {happened} and was reported by {reporter}.
            {reporter} reported {s}, which [happened|occurred] on {happened}.
            On {happened} {reporter} reported {s}, just as it was happening.
        """),
        ("evacuated", "standstill"): lines("""
            {s} sent {evacuated} people outside and brought work to a standstill for {standstill}.
            Because of {s}, {evacuated} people were sent outside, and work stood still for {standstill}.
        """),
        ("damage", "spoiled"): lines("""
            {s} did damage of {damage} and spoiled {spoiled} of the day's output.
            The damage done by {s} was put at {damage}, and {spoiled} of the day's output was spoiled.
        """),
        ("case", "damage"): lines("""
            Case {case}, opened for {s}, [puts|gives] the damage at {damage}.
            {s} is filed as case {case}, with damage of {damage}.
        """),
        ("moved", "standstill"): lines("""
            After {s}, work stood still for {standstill} and was then moved to {moved}.
            A standstill of {standstill} followed {s}, and work was moved to {moved}.
        """),
    },
    colour=lines("""
        $who $step before [anyone was asked|a word was said|help came].
        What made it worse, it [seems|turned out], was $cause [close to|at|behind] $part.
        While $who $step, $who stood by $part and waited.
        [Those present|The crew] stayed $mood, [which helped|to the relief of $who|as drills had taught them].
        [Afterwards|In the end] the safety desk [asked for|recommended|ordered] $fix and $fix.
        Nobody had thought of $cause until $who [pointed to|looked behind|opened] $part.
        [A check of|A look at] $part [brought $cause to light|found nothing new|took until evening].
        $who [blamed|spoke of] $cause; [the engineer thought of|others suspected] $cause instead.
        There had been talk of $fix before, [but|though] $part [came first|was thought safe|took all the money].
        The [next shift|late shift] found $part [cold|wet|taped off|covered in dust] and the mood $mood.
        It helped that $who had $fix [in mind|in the van|on order] and $step [at once|without being told].
        $part [was put right|was swept clean|had to be replaced] [within the week|by $who|before anything else], [together with|apart from] $part.
        [Doors were closed|Traffic was held up] until $who $step [and $part was safe|, as the rules demand|].
    """),
    short=lines("""
        Nobody was hurt.
        The street stayed open.
        First aid was given on the spot.
        The press did not write about it.
        Statements were taken the same day.
        The alarm had been tested before.
        A drawing is kept with the entry.
        Insurers were told by letter and by telephone.
        The entry was read aloud at the next shift meeting.
        Nothing of the kind had been logged before.
        Relatives were informed.
        The doors held.
        Traffic outside was not affected.
        The safety desk thanked all those who kept their heads and did what the drill asks.
        The rota was changed afterwards.
    """),
)
