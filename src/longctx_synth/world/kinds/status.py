# ruff: noqa: E501  (a template is one line, however long)
"""Status reports on building works. Held out: documents of this kind occur in test alone."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="status",
    noun="scheme",
    plural="schemes",
    work="this status review",
    work_again=("the review", "the status review"),
    titles=lines("""
        Status of building works, {org}
        {org}: where the building schemes stand
        Building works of {org} around {city}: status review
        Progress of works, {org}, {city}
    """),
    headings=lines("""
        Works in the {area} sector
        The {area} programme
        {area}: schemes under construction
        Building around {area}
        Schemes let from {area}
    """),
    opening=lines("Occasion and scope\nThe building programme\nHow progress was measured\nPreliminary remarks"),
    closing=lines("The months ahead\nRelease of the review\nOpen formalities\nTo conclude"),
    own=("the {place} {noun}", "the {head}|the scheme"),
    subjects=(
        ("the {place} sea wall", "the wall|the scheme"),
        ("the {place} bypass", "the bypass|the road"),
        ("the {place} library wing", "the wing|the scheme"),
        ("the {place} quay extension", "the extension|the scheme"),
        ("the {place} water tower", "the tower|the scheme"),
        ("the {place} tram loop", "the loop|the scheme"),
        ("the {place} cycle tunnel", "the tunnel|the scheme"),
        ("the {place} market roof", "the roof|the scheme"),
        ("the {place} culvert", "the culvert|the scheme"),
        ("the {place} sports hall", "the hall|the scheme"),
        ("the {place} fish ladder", "the ladder|the scheme"),
        ("the {place} fire station", "the station|the scheme"),
        ("the {place} hillside lift", "the lift|the scheme"),
        ("the {place} heating plant", "the plant|the scheme"),
        ("the {place} lock gates", "the scheme|the project"),
    ),
    words=vocabulary("""
        trade: scaffolding, formwork, drainage, painting, sealing, lifting, welding, surveying, cable laying, masonry, joinery, testing, insulation, fencing, clearing
        trouble: a hidden cable, an old pipe, a week of storms, a missing drawing, a strike at the cement works, a nest of owls, a boundary dispute, a late delivery of steel, a cracked beam, a theft of cable, a broken pump, a cold spell
        who: the site manager, the surveyor, the archaeologist, the neighbour to the east, the crane driver, the water company, the bank, the cement supplier, the town clerk, the lighting engineer
        thing: gravel, paving slabs, shuttering, railings, planks, crushed stone, pipes, scaffold boards, sand, signs, bolts, bricks
        way: without fuss, in two shifts, at night, behind a screen, under floodlights, from a platform, by hand, in short stages
    """),
    attributes=(
        attribute(
            "started",
            "date",
            "the date on which building began on {s}",
            """
            Building began on {s} on {v}.
            On {v} the first spade went into the ground for {s}[|, with $who looking on].
            {s} has been under construction since {v}[|, mostly $way].
            Work on {s} was begun on {v}[|, with $trade first].
            The start of building on {s} was {v}.
            It was {v} when builders [moved in|set to work] at {s}.
            {v} saw the start of building on {s}[|, held up until then by $trouble].
            For {s}, building began on {v}, [later than hoped|as promised|$way].
            The site diary of {s} opens on {v}, the first day of building.
            Builders have been at {s} since {v}.
            """,
            """
            Building began on {s} on {v}.
            {v} is the date on which building began on {s}.
            Work on {s} started on {v}.
            {s} has been under construction since {v}.
            The building of {s} was begun on {v}.
            """,
            low=-900,
            high=-200,
            first="begun",
            top="the latest start of building",
            bottom="the earliest start of building",
            over="a start of building later than {x}",
        ),
        attribute(
            "manager",
            "person",
            "the person who manages {s}",
            """
            {v} manages {s}.
            {s} is managed by {v}[|, whom $who speaks well of].
            The manager of {s} is {v}[|, who came from $trade].
            At the head of {s} stands {v} as manager.
            {s} has {v} as its manager[|, for the second year running].
            As manager of {s}, {v} [answers to the board|signs every delivery note|dealt with $trouble].
            Whatever concerns {s} goes through {v}, its manager.
            The board put {v} in charge of {s} as manager.
            Managing {s} is the task of {v}[|, and $who helps out].
            On site at {s}, {v} gives the orders as manager.
            """,
            """
            {v} manages {s}.
            {s} is managed by {v}.
            The manager of {s} is {v}.
            The person in charge of managing {s} is {v}.
            As its manager, {s} has {v}.
            """,
            which="is managed by {v}",
        ),
        attribute(
            "spent",
            "amount",
            "the amount that has been spent on {s} to date",
            """
            {v} has been spent on {s} to date.
            To date, {s} has cost {v}[|, $trade included].
            Spending on {s} to date [stands at|comes to] {v}.
            So far {v} has gone into {s}[|, a good part of it for $thing].
            The ledger shows {v} as spent on {s} to date.
            {s} has taken {v} to date[|, $trouble being one reason].
            Up to the day of this review, {v} was spent on {s}.
            What has been spent on {s} to date amounts to {v}.
            Invoices paid for {s} to date add up to {v}[|, most of them for $trade].
            With {v} spent to date, {s} [keeps to its budget|has used up its first instalment|is watched closely].
            """,
            """
            {v} has been spent on {s} to date.
            To date, {s} has cost {v}.
            The amount spent on {s} to date is {v}.
            Spending on {s} has reached {v} to date.
            So far, {v} has been spent on {s}.
            """,
            low=41000,
            high=3900000,
            top="the highest spending to date",
            bottom="the lowest spending to date",
            over="a spending to date above {x}",
        ),
        attribute(
            "workers",
            "count",
            "the number of workers who are employed on {s}",
            """
            {v} workers are employed on {s}.
            {s} employs {v} workers[|, many of them in $trade].
            On {s}, {v} workers are employed[|, partly $way].
            The gate register of {s} lists {v} workers employed there.
            At {s} one finds {v} workers employed.
            {s} gives work to {v} workers[|, not counting those in $trade].
            With {v} workers employed, {s} [is the busiest site for miles|needs a canteen].
            Workers employed on {s} number {v}.
            Employed on {s} are {v} workers[|, some lent by $who].
            The pay list of {s} has {v} workers on it.
            """,
            """
            {v} workers are employed on {s}.
            {s} employs {v} workers.
            The number of workers employed on {s} is {v}.
            On {s}, {v} workers are at work.
            In all, {s} has {v} workers employed.
            """,
            low=11,
            high=730,
            top="the highest number of workers",
            bottom="the lowest number of workers",
            over="more than {x} workers",
        ),
        attribute(
            "progress",
            "percentage",
            "how far {s} is complete",
            """
            {s} is {v} complete.
            Of {s}, {v} is complete[|, $trade being furthest along].
            The surveyor puts {s} at {v} complete.
            Progress on {s} was measured at {v}[|, held back by $trouble].
            By volume, {v} of {s} is complete.
            {s} has reached {v} of completion[|, thanks to work $way].
            On the day of measuring, {s} was {v} complete.
            As to progress, {s} stands at {v} complete.
            {v} of {s} has been completed[|, and $thing can be ordered].
            Completion of {s} has come to {v}.
            """,
            """
            {s} is {v} complete.
            Of {s}, {v} is complete.
            Progress on {s} stands at {v}.
            {s} has reached {v} of completion.
            To the extent of {v}, {s} is complete.
            """,
            low=43,
            high=981,
            top="the most advanced state of completion",
            bottom="the least advanced state of completion",
            over="a state of completion above {x}",
        ),
        attribute(
            "behind",
            "duration",
            "how far {s} is behind schedule",
            """
            {s} is {v} behind schedule.
            {s} has fallen {v} behind schedule[|, because of $trouble].
            The delay on {s} [amounts to|is] {v}.
            A delay of {v} [is reported for|has built up on] {s}.
            By the bar chart, {s} runs {v} behind.
            {v} of delay have to be made good on {s}[|, if need be $way].
            Owing to $trouble, {s} is {v} behind schedule.
            {s} lags {v} behind its schedule[|, and $trade is to blame].
            Since spring, the delay on {s} has grown to {v}.
            Schedule and truth differ by {v} of delay at {s}.
            """,
            """
            {s} is {v} behind schedule.
            The delay on {s} is {v}.
            {s} has fallen {v} behind schedule.
            For {s}, the delay amounts to {v}.
            Measured against its schedule, {s} is {v} late.
            """,
            low=3,
            high=128,
            unit="days",
            top="the longest delay",
            bottom="the shortest delay",
            over="a delay longer than {x}",
        ),
        attribute(
            "contract",
            "code",
            "the number of the building contract for {s}",
            """
            The building contract for {s} has the number {v}.
            {s} is being built under contract {v}.
            Contract {v} covers the building of {s}[|, down to the $thing].
            {v} is the building contract for {s}.
            For {s}, building contract {v} was signed[|, $trade and all].
            The board let {s} under building contract {v}.
            All claims on {s} refer to building contract {v}.
            The builders of {s} hold contract {v}[|, which says nothing of $trouble].
            The sign at {s} gives the building contract as {v}.
            Under number {v} stands the building contract for {s}.
            """,
            """
            The building contract for {s} has the number {v}.
            {s} is being built under contract {v}.
            The number of the building contract for {s} is {v}.
            For {s}, building contract {v} applies.
            Building contract {v} is the one for {s}.
            """,
            unit="BC",
            which="is being built under contract {v}",
        ),
        attribute(
            "office",
            "place",
            "the place where the site office of {s} is",
            """
            The site office of {s} is at {v}.
            {s} has its site office at {v}[|, next to the $thing].
            At {v} the site office of {s} has been set up.
            For a site office, {s} uses rooms at {v}.
            {v} houses the site office of {s}.
            Plans of {s} hang in its site office at {v}[|, for $who to see].
            The site office of {s} moved to {v}[|, away from $trouble].
            Visitors to {s} report to the site office at {v}.
            Those who run {s} have their site office at {v}.
            Letters reach the site office of {s} at {v}.
            """,
            """
            The site office of {s} is at {v}.
            {s} has its site office at {v}.
            {v} is the place where the site office of {s} is.
            The site office of {s} can be found at {v}.
            For {s}, the site office is at {v}.
            """,
            which="has its site office at {v}",
        ),
        attribute(
            "handover",
            "date",
            "the date on which {s} is to be handed over",
            """
            {s} is to be handed over on {v}.
            The handover of {s} is planned for {v}[|, $trouble permitting].
            On {v}, {s} should be handed over[|, with $who in attendance].
            {v} is the day set for the handover of {s}.
            The builders are to hand over {s} on {v}.
            By contract, {s} must be handed over on {v}.
            Keys and drawings of {s} change hands on {v}, the day of its handover.
            The new date for the handover of {s} is {v}[|, agreed after $trouble].
            Handover of {s} has been fixed for {v}.
            {s} will be handed over on {v}, [all being well|if $trade goes to plan].
            """,
            """
            {s} is to be handed over on {v}.
            {v} is the date on which {s} is to be handed over.
            The handover of {s} is planned for {v}.
            The day set for the handover of {s} is {v}.
            On {v}, {s} is due to be handed over.
            """,
            low=40,
            high=1300,
            top="the latest handover",
            bottom="the earliest handover",
            over="a handover later than {x}",
        ),
    ),
    pairs={
        ("started", "handover"): lines("""
            Building began on {s} on {started}, and it is to be handed over on {handover}.
            {s}, under construction since {started}, is to be handed over on {handover}.
        """),
        ("manager", "office"): lines("""
            {manager} manages {s} from the site office at {office}.
            {s}, managed by {manager}, has its site office at {office}.
        """),
        ("progress", "behind"): lines("""
            {s} is {progress} complete and {behind} behind schedule.
            At {progress} complete, {s} is {behind} behind schedule.
        """),
        ("spent", "contract"): lines("""
            Under building contract {contract}, {spent} has been spent on {s} to date.
            {spent} has been spent to date on {s}, which is covered by building contract {contract}.
        """),
    },
    colour=lines("""
        $who [wrote about|was troubled by|asked about] $trouble[|, and was shown the drawings|; the answer is on file].
        $trade was done $way, [since|because] $who [had asked for it|needed the road|objected to noise].
        [Loads|Stacks] of $thing [wait|lie] beside the gate until $trade is [over|checked].
        After $trouble, $trade [went on|was resumed] $way.
        Of all trades, $trade [suffered most from|was least touched by] $trouble.
        $who [lent|delivered|counted] the $thing, and $trade could [begin|go on] $way.
        Nobody had foreseen $trouble; $who [found a way round it|laughed about it afterwards|drew up a new plan].
        [A trial|A first stretch] of $trade [satisfied|did not satisfy] $who[|, chiefly for lack of $thing].
        [Between|Apart from] $trade and $trade, little [was done|happened] while $trouble lasted.
        The $thing [came from abroad|were swapped for better ones|had to be stored twice], and $who kept count.
    """),
    short=lines("""
        The site is fenced.
        No accident was reported.
        Neighbours were told in good time.
        The drawings are up to date.
        Wages were paid on time.
        Noise was measured and found to be within the limits.
        A photograph of each stage is kept at the board's office.
        The crane was inspected.
        Dust was kept down with water.
        Samples were tested and passed.
        Nothing was stolen.
        Weekly meetings were held.
        The access road was swept each evening before the barriers were closed.
    """),
)
