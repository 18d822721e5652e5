# ruff: noqa: E501  (a template is one line, however long)
"""Site inspection reports: buildings and works of one body, seen one after another."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="inspection",
    noun="site",
    plural="sites",
    work="this round of inspections",
    work_again=("the round", "the inspection round"),
    titles=lines("""
        Site inspection report for {org}
        {org}: condition of the sites around {city}
        Report on the buildings and works of {org}
        Inspection of premises, {org}, {city}
        What the inspectors found: the sites of {org}
    """),
    headings=lines("""
        Sites in the {area} district
        {area} and its surroundings
        The {area} route
        Premises near {area}
        Visits around {area}
        The works at and about {area}
    """),
    opening=lines("Purpose and scope\nHow the round was made\nBackground\nBefore the visits"),
    closing=lines("What follows\nNext steps\nFiling and follow-up\nClosing remarks"),
    own=("the {place} {noun}", "the {head}|the site"),
    subjects=(
        ("the {place} depot", "the depot|the yard"),
        ("the {place} pumping station", "the station|the pumping station"),
        ("the {place} boathouse", "the boathouse|the building"),
        ("the {place} grain store", "the store|the building"),
        ("the {place} substation", "the substation|the installation"),
        ("the {place} workshop", "the workshop|the building"),
        ("the {place} footbridge", "the footbridge|the bridge"),
        ("the {place} reservoir", "the reservoir|the basin"),
        ("the {place} clinic", "the clinic|the building"),
        ("the {place} ferry landing", "the landing|the pier"),
        ("the {place} warehouse", "the warehouse|the building"),
        ("the {place} glasshouse", "the glasshouse|the structure"),
        ("the {place} school annex", "the annex|the building"),
        ("the {place} tram shed", "the shed|the tram shed"),
        ("the {place} lookout tower", "the tower|the structure"),
        ("the {place} fish market", "the market|the hall"),
    ),
    words=vocabulary("""
        part: roof, north wall, drainage channel, entrance door, stair, cable duct, gutter, floor slab, boundary fence, skylight, handrail, water main, east gable, switch room, parapet, lower level, rear door, ventilation shaft, outer wall, cladding, fuse box, downpipe, threshold, window frames at the back
        flaw: rust, standing water, hairline cracks, loose bolts, flaking paint, moss, a slow leak, a sagging bracket, worn seals, blocked grilles, perished rubber, chipped concrete, a film of dust, water stains, missing screws, frayed wiring, swollen edges, crumbling joints, a bent bracket, soot
        thing: ladders, pallets, paint tins, hoses, traffic cones, filing boxes, old signs, window frames, coils of wire, batteries, fence posts, folding tables, empty crates, spare tiles, cable drums, tarpaulins, broken chairs
        weather: a dry morning, steady rain, a hard frost, low cloud, a strong westerly wind, bright sun, thin fog, sleet, a close and humid afternoon, the first snow
        who: the caretaker, the keyholder, the shift leader, a neighbour, the duty officer, a contractor, the crew on duty, a visiting engineer, the cleaner, a member of staff
        feel: well kept, draughty, cramped, cleaner than last time, poorly lit, tidy, noisy, damp, orderly, half empty, overheated, sound in the main
    """),
    attributes=(
        attribute(
            "visited",
            "date",
            "the date on which {s} was inspected",
            """
            {s} was [seen|visited|inspected] on {v}[| in $weather].
            The visit to {s} [took place|was made] on {v}, in $weather.
            On {v} the team [walked round|went over|called at] {s}.
            It was on {v} that {s} was [looked over|gone through] from the $part to the $part.
            {s} had its turn on {v}, [after a change of plan|as arranged|with $who at hand].
            The [inspection|walk-round] of {s} is dated {v}.
            [Keys in hand|With $who as guide], the team went through {s} on {v}.
            {v} was the day [set for|given to] {s}, and [the weather brought|it was done in] $weather.
            [Notes|Photographs] of {s} were [taken|made] during the inspection on {v}.
            The team reached {s} on {v} and [began|started] its inspection [at|with] the $part.
            Because of $weather, {s} was not inspected until {v}.
            The inspection sheet for {s} carries the date {v}.
            """,
            """
            {s} was inspected on {v}.
            The inspection of {s} took place on {v}.
            Inspectors came to {s} on {v}.
            {v} is the date on which {s} was inspected.
            According to the report, the visit to {s} was made on {v}.
            """,
            low=-420,
            high=-150,
            first="inspected",
            top="the latest inspection date",
            bottom="the earliest inspection date",
            over="an inspection date later than {x}",
        ),
        attribute(
            "inspector",
            "person",
            "the person who led the inspection of {s}",
            """
            {v} led the [inspection|visit] of {s}.
            At {s} the [notes|measurements] were taken by {v}, who [led the visit|was in charge of the inspection].
            The [inspection|walk-round] of {s} was in the hands of {v}.
            {v} [headed|was in charge of] the inspection team at {s}.
            Those who have questions about {s} should turn to {v}, who led the visit.
            It fell to {v} to lead the inspection of {s}.
            {s} was given to {v} as lead inspector[| at short notice].
            The lead inspector for {s} was {v}[|, who began with the $part|, accompanied by $who].
            {v}, as lead inspector, [signed|wrote up] the sheet for {s}.
            For {s}, the inspection was led by {v}[|, and $who unlocked the $part].
            The name at the head of the inspection sheet for {s}, as lead, is {v}.
            """,
            """
            {v} led the inspection of {s}.
            The inspection of {s} was led by {v}.
            At {s}, the lead inspector was {v}.
            The person in charge of the inspection at {s} was {v}.
            {s} was inspected under the lead of {v}.
            """,
            which="was inspected under the lead of {v}",
        ),
        attribute(
            "defects",
            "count",
            "the number of defects that were recorded at {s}",
            """
            {v} defects were [noted|recorded|written down] at {s}, [most|several|the worst] of them [in|on|near] the $part.
            The [list|record] for {s} [runs to|holds] {v} defects.
            At {s} the team [counted|recorded] {v} defects[|, from the $part to the $part].
            {s} [leaves|shows] {v} defects on the record, [among them|including] $flaw at the $part.
            In all, {v} defects were [found|recorded] at {s}.
            [A slow walk|A careful look] through {s} [brought|turned up] {v} defects.
            With {v} recorded defects, {s} [kept the team busy|took longer than planned].
            The defects recorded at {s} [number|come to] {v}[|, with $flaw by the $part at the head of the list].
            No fewer than {v} defects [had to be entered|were entered] for {s}.
            The tally of defects for {s} [stands at|closed at] {v}[|, counting $flaw at the $part].
            """,
            """
            {v} defects were recorded at {s}.
            At {s}, the inspectors recorded {v} defects.
            The number of defects recorded at {s} was {v}.
            {s} had {v} defects on record.
            In total, the report lists {v} defects for {s}.
            """,
            low=12,
            high=480,
            top="the highest number of recorded defects",
            bottom="the lowest number of recorded defects",
            over="more than {x} recorded defects",
        ),
        attribute(
            "estimate",
            "amount",
            "the estimated cost of the repairs needed at {s}",
            """
            Repairs at {s} [are put at|are estimated at|are expected to cost] {v}.
            The [estimate|reckoning] for the repairs at {s} [comes to|stands at] {v}[|, of which the $part takes the most].
            To put {s} right, the surveyor [reckons on|estimates a cost of] {v}.
            {v} is the estimate for repairs at {s}[|, most of it for the $part].
            The repair bill for {s} is [estimated|put] at {v}, [scaffolding included|with labour|before any surprise behind the $part].
            {s} will need repairs worth {v}, by the [surveyor's|engineer's] estimate.
            Mending the $part and [the rest|the other faults] at {s} is estimated at {v}.
            Estimated repair costs for {s} [amount|come] to {v}.
            [Nothing less than|A sum of] {v} is [thought|estimated] to be needed for the repairs at {s}.
            The surveyor set {v} against {s} as the estimated cost of its repairs.
            If all faults at {s} are mended, the estimate [says|gives] {v}[|, with the $part as the dearest item].
            """,
            """
            Repairs at {s} are estimated to cost {v}.
            The estimated cost of the repairs needed at {s} is {v}.
            According to the estimate, putting {s} in order will cost {v}.
            For {s}, the repair estimate is {v}.
            An amount of {v} is estimated for repairs at {s}.
            """,
            low=2100,
            high=640000,
            top="the highest repair estimate",
            bottom="the lowest repair estimate",
            over="a repair estimate above {x}",
        ),
        attribute(
            "worn",
            "percentage",
            "the share of the outer surface of {s} that was found to be worn",
            """
            Of the outer surface of {s}, {v} was [found|judged] to be worn.
            Wear [affects|has reached] {v} of the outer surface at {s}[|, chiefly around the $part].
            {v} of the outer surface of {s} is worn, [mostly by|through] [salt and wind|age|traffic|damp].
            The outer surface of {s} is worn over {v} of its area.
            By the surveyor's grid, wear [covers|touches] {v} of the outside of {s}.
            As to the outside of {s}, {v} of the surface [counts|was rated] as worn[|, with $flaw near the $part].
            The worn share of the outer surface [was measured|came out] at {v} for {s}.
            Measured square by square, {v} of the outer surface of {s} proved worn.
            At {s} the outer surface is in fair order but for the {v} that is worn.
            The [grid survey|measuring party] found wear on {v} of the outer surface of {s}.
            """,
            """
            {v} of the outer surface of {s} was found to be worn.
            The worn share of the outer surface of {s} was {v}.
            At {s}, wear was found on {v} of the outer surface.
            The outer surface of {s} was worn over {v} of its area.
            Wear affected {v} of the outside of {s}.
            """,
            low=41,
            high=893,
            top="the largest worn share of the outer surface",
            bottom="the smallest worn share of the outer surface",
            over="a worn share of the outer surface above {x}",
        ),
        attribute(
            "works",
            "duration",
            "how long the repair works at {s} are expected to last",
            """
            The [repair works|repairs] at {s} are expected to [last|take] {v}.
            [Contractors|Builders] will be at work at {s} for {v}, if [the plan|the programme] holds.
            For the works at {s} the programme [allows|sets aside] {v}.
            {v} is the time [planned|foreseen] for the repair works at {s}.
            Putting {s} in order should take {v}[|, beginning with the $part].
            The planner [reckons with|counts on] {v} of repair works at {s}.
            Once begun, the repairs at {s} [should be over|are to be finished] within {v}.
            The time [foreseen|allowed] for works at {s} is {v}, [no more|the $part included].
            {s} [faces|can expect] {v} of repair works[|, first of all at the $part].
            The programme of repairs gives {s} {v} from start to finish.
            """,
            """
            The repair works at {s} are expected to last {v}.
            Repairs at {s} should take {v}.
            The time planned for the works at {s} is {v}.
            For {s}, the repair programme foresees {v}.
            It is expected that the repairs at {s} will take {v}.
            """,
            low=3,
            high=94,
            unit="weeks",
            top="the longest expected repair works",
            bottom="the shortest expected repair works",
            over="expected repair works longer than {x}",
        ),
        attribute(
            "permit",
            "code",
            "the reference of the works permit for {s}",
            """
            The works permit for {s} [has|bears] the reference {v}.
            Works at {s} [go ahead|are allowed] under permit {v}.
            Permit {v} [covers|was issued for] the works at {s}.
            {v} is the works permit [that applies|issued] to {s}.
            [The district|The council] issued works permit {v} for {s}.
            For {s} the works permit is filed as {v}[|, with a sketch of the $part].
            The permit that allows works at {s} is numbered {v}.
            No [tool|spade] may be lifted at {s} except under works permit {v}.
            Under the number {v}, a works permit was [granted|entered] for {s}.
            The gate notice at {s} [shows|names] works permit {v}[|, half hidden by $thing].
            """,
            """
            The works permit for {s} has the reference {v}.
            {s} is covered by works permit {v}.
            Works at {s} are allowed under permit {v}.
            The permit reference for the works at {s} is {v}.
            For {s}, the works permit on file is {v}.
            """,
            unit="WP",
            which="has the works permit {v}",
        ),
        attribute(
            "keys",
            "place",
            "the place where the keys of {s} are kept",
            """
            The keys of {s} are kept at {v}.
            Keys [for|to] {s} [hang|are held] at {v}, [in the care of|and are given out by] $who.
            Whoever needs the keys of {s} must go to {v}.
            At {v} one finds the keys of {s}[|, on a board by the door].
            The keys to {s} were [moved|handed over] to {v}, where they stay.
            {v} is where the keys of {s} are kept[|, along with $thing].
            For the keys of {s}, [apply|ask] at {v}.
            A set of keys for {s} is [lodged|deposited] at {v}, [and no other set exists|the only set there is].
            {s} can be opened with the keys that are kept at {v}.
            The key safe for {s} is at {v}[|; $who knows the code].
            """,
            """
            The keys of {s} are kept at {v}.
            {v} is the place where the keys of {s} are kept.
            Anyone who wants the keys of {s} has to fetch them from {v}.
            The keys to {s} can be found at {v}.
            For {s}, the keys are held at {v}.
            """,
            which="has its keys kept at {v}",
        ),
    ),
    pairs={
        ("visited", "inspector"): lines("""
            {inspector} led the inspection of {s} on {visited}.
            On {visited} {inspector} led a team of [two|three|four] [round|through] {s}.
            The inspection of {s}, led by {inspector}, [took place|was made] on {visited} in $weather.
            {s} was inspected on {visited} by a team under {inspector}.
        """),
        ("defects", "estimate"): lines("""
            {defects} defects were recorded at {s}, and [mending them|the repairs] [would cost|will cost, by the estimate,|should cost] {estimate}.
            The record for {s} holds {defects} defects, with [estimated repairs of|repairs put at] {estimate}.
            For the {defects} defects recorded at {s}, repairs are estimated at {estimate}.
        """),
        ("estimate", "works"): lines("""
            Repairs at {s} are put at {estimate} and should take {works}.
            The repairs that {s} needs are estimated at {estimate}; [they are expected to last|the works should last] {works}.
        """),
        ("permit", "works"): lines("""
            Under works permit {permit}, the repairs at {s} are expected to take {works}.
            The works at {s}, allowed by permit {permit}, should last {works}.
        """),
        ("inspector", "worn"): lines("""
            {inspector}, who led the visit to {s}, found {worn} of the outer surface worn.
            Wear on {worn} of the outer surface of {s} was [measured|noted] by {inspector}, the lead inspector there.
        """),
    },
    colour=lines("""
        The team [met|came upon|saw] $flaw [by|near|along] the $part[|, as in the year before|, though less than feared].
        The $part was [$feel|in fair order], [but|while] the $part [showed|suffered from] $flaw.
        $who [spoke of|pointed out|complained about] $flaw [behind|beside|below] the $part[| and asked for a date|, which nobody had reported].
        [A heap of|A stack of|A pile of] $thing [blocked|hid|leaned against] the $part and [had to be moved|was left where it stood] [before anything could be measured|for the next visit|by $who].
        [Seen from the road|From outside|At first sight], {s} looks $feel; [inside|closer to], the $part [tells another story|shows $flaw|bears that out].
        In $weather the $part [dripped|creaked|held up well|let in a little water], and $who [took note|was not surprised].
        Somebody had stored $thing [under|beside|behind] the $part, [against the rules|for want of space|since the spring].
        [The smell|The sound|The state] of the $part [drew attention to|was explained by] $flaw near the $part.
        {s} felt $feel [throughout|on the upper level|towards the $part], [and|though] $who [keeps it swept|has asked for better lamps|has little time for it].
        [A note|A chalk mark] on the $part [warned of|pointed to] $flaw[, out of date by now|, and rightly so|].
        [Nothing was wrong with|No fault was found with] the $part, [apart from|save for] $flaw [at one corner|near the top|out of reach].
        $who [held a lamp to|stood beside|made room near|cleared snow from] the $part so that [the measuring could go on|$flaw could be photographed|samples could be taken].
        The $part [was renewed|has been patched|was painted] not long ago[;|:] [it shows|yet the team saw $flaw again|the work was good].
    """),
    short=lines("""
        Photographs were taken.
        The lamps worked.
        No samples were needed.
        Access was easy throughout.
        Nobody was hurt during the visit.
        The fire extinguishers had been checked.
        A sketch of the layout is kept with the file.
        The escape routes were clear and properly signed.
        Measurements were repeated where the first reading seemed doubtful.
        The caretaker was told of the findings before the team left the premises.
        Signs at the entrance were legible.
        The log book lay open at the right page.
        Water and power were on.
        Where a ladder was not enough, the team used field glasses and said so in its notes.
        Minor faults that could be mended on the spot were mended and do not appear below.
    """),
)
