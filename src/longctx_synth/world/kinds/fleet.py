# ruff: noqa: E501  (a template is one line, however long)
"""Fleet maintenance files: vehicles of one body, what was done to them and what it cost."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="fleet",
    noun="vehicle",
    plural="vehicles",
    work="this maintenance programme",
    work_again=("the programme", "the maintenance programme"),
    titles=lines("""
        Fleet maintenance file of {org}
        {org}: vehicles and their upkeep
        Vehicles of {org} in {city}: maintenance and costs
        The vehicle file, {org}
        Upkeep of the fleet, {org}
    """),
    headings=lines("""
        Vehicles based at {area}
        The {area} garage
        {area} and outlying stands
        On the {area} run
        Kept for the {area} district
        The {area} pool
    """),
    opening=lines("About the fleet\nPurpose of this file\nFrom the transport office\nKeeping the file"),
    closing=lines("Planning ahead\nClosing entries\nFrom the transport office, again\nUpkeep in the coming year"),
    own=("the {noun} {plate}", "the {head}|the vehicle"),
    subjects=(
        ("the tipper lorry {plate}", "the lorry|the tipper"),
        ("the minibus {plate}", "the minibus|the vehicle"),
        ("the road sweeper {plate}", "the sweeper|the machine"),
        ("the refrigerated van {plate}", "the van|the vehicle"),
        ("the tanker {plate}", "the tanker|the vehicle"),
        ("the breakdown truck {plate}", "the truck|the vehicle"),
        ("the snow plough {plate}", "the plough|the machine"),
        ("the pick-up {plate}", "the pick-up|the vehicle"),
        ("the library bus {plate}", "the bus|the vehicle"),
        ("the mobile crane {plate}", "the crane|the machine"),
        ("the forestry tractor {plate}", "the tractor|the machine"),
        ("the patrol car {plate}", "the car|the vehicle"),
        ("the delivery van {plate}", "the van|the vehicle"),
        ("the ambulance {plate}", "the ambulance|the vehicle"),
        ("the flatbed {plate}", "the flatbed|the vehicle"),
    ),
    words=vocabulary("""
        part: the clutch, the front axle, the gearbox, the fuel pump, the rear door, the brake line, the left mirror, the exhaust, the radiator, the wiper motor, the cab heater, the rear spring, the alternator, the steering rod, the rear light, the side window, the driver's seat, the headlamp
        state: noisy, tight, worn thin, newly painted, stiff in the cold, leaking a little, as good as new, patched, out of true, dusty, hard to reach, sound
        who: the day driver, the fitter, an apprentice, the night crew, the transport clerk, the insurer, the tyre man, a relief driver, the welder, the storekeeper, the roadside patrol
        trip: the early run, the ring road, the winter service, a long day on the road, the morning round, the hill road, the busy season, the weekend shift, the night shift
        act: greased, tightened, swapped, welded, cleaned, measured, photographed, bent back, sealed, ordered anew, listened to, marked with chalk
        trait: reliable, thirsty, slow on hills, easy to clean, liked by its crew, too wide for the old gate, cold in winter, quiet, hard to park, due for new paint
    """),
    attributes=(
        attribute(
            "serviced",
            "date",
            "the date of the last full service of {s}",
            """
            The last full service of {s} was on {v}.
            {s} had its last full service on {v}[|, before $trip].
            On {v} {s} [came in for|was given] its last full service.
            A full service was last [given to|carried out on] {s} on {v}.
            {v} is the date of the last full service of {s}.
            Not since {v} has {s} had a full service[|, $part apart].
            The service book of {s} has {v} for the last full service.
            The most recent full service of {s} [is dated|was done on] {v}.
            {s} was [fully serviced|put through a full service] for the last time on {v}.
            Straight after $trip, on {v}, {s} went in for its last full service.
            When {s} was last given a full service, on {v}, $part was [found|called] $state.
            """,
            """
            The last full service of {s} was on {v}.
            {s} had its last full service on {v}.
            {v} is the date of the last full service of {s}.
            For {s}, the last full service took place on {v}.
            It was on {v} that {s} was last fully serviced.
            """,
            low=-380,
            high=-12,
            first="last fully serviced",
            top="the most recent full service",
            bottom="the full service that lies furthest back",
            over="a last full service after {x}",
        ),
        attribute(
            "driver",
            "person",
            "the person who is the regular driver of {s}",
            """
            {v} is the regular driver of {s}.
            The regular driver of {s} is {v}[|, who finds it $trait].
            {s} is regularly driven by {v}[|, also on $trip].
            At the wheel of {s} one [regularly|mostly] finds {v}, its regular driver.
            {s} has {v} for a regular driver.
            As regular driver, {v} [signs for|answers for|knows every sound of] {s}.
            The log of {s} is kept by {v}, the regular driver.
            On most days {s} is out with {v}, its regular driver[|, on $trip if need be].
            The transport office named {v} regular driver of {s}.
            To {v} belongs the seat in {s}, as regular driver[|, and $part is said to be $state].
            """,
            """
            {v} is the regular driver of {s}.
            The regular driver of {s} is {v}.
            {s} is regularly driven by {v}.
            As a rule, {s} has {v} at the wheel.
            The person who regularly drives {s} is {v}.
            """,
            which="is regularly driven by {v}",
        ),
        attribute(
            "distance",
            "count",
            "the number of kilometres that {s} covered in the past year",
            """
            {s} covered {v} kilometres in the past year.
            In the past year {s} [ran|covered] {v} kilometres[|, $trip included].
            The past year's distance for {s} [comes to|is] {v} kilometres.
            {v} kilometres were covered by {s} in the past year.
            By its meter, {s} did {v} kilometres in the past year.
            Over the past year, the log gives {s} {v} kilometres[|, many of them on $trip].
            {s} put {v} kilometres behind it in the past year.
            Between one inspection and the next, a year apart, {s} covered {v} kilometres.
            With {v} kilometres in the past year, {s} [was seldom idle|is $trait all the same].
            The meter of {s} moved on by {v} kilometres in the past year.
            """,
            """
            {s} covered {v} kilometres in the past year.
            In the past year, {s} ran {v} kilometres.
            The distance that {s} covered in the past year was {v} kilometres.
            For {s}, the log shows {v} kilometres in the past year.
            In one year {s} did {v} kilometres.
            """,
            low=1900,
            high=88000,
            top="the longest distance in the past year",
            bottom="the shortest distance in the past year",
            over="more than {x} kilometres in the past year",
        ),
        attribute(
            "repairs",
            "amount",
            "what repairs to {s} cost in the past year",
            """
            Repairs to {s} cost {v} in the past year.
            In the past year, {v} was [spent on|paid for] repairs to {s}.
            {s} ran up repairs of {v} in the past year[|, $part first among them].
            The past year's repairs to {s} [come|add up] to {v}.
            The books have {v} for repairs to {s} in the past year[|, paint not counted].
            {v} went into repairs to {s} in the past year.
            For repairs, {s} cost {v} in the past year[|, as $part had to be $act].
            The garage billed {v} for the past year's repairs to {s}.
            To keep {s} on the road took {v} in repairs over the past year.
            The bill for repairs to {s} in the past year was {v}[|, not small for a vehicle so $trait].
            """,
            """
            Repairs to {s} cost {v} in the past year.
            In the past year, repairs to {s} came to {v}.
            The cost of repairs to {s} in the past year was {v}.
            For {s}, {v} was spent on repairs in the past year.
            A sum of {v} went into repairs to {s} in the past year.
            """,
            low=130,
            high=34000,
            top="the highest repair costs",
            bottom="the lowest repair costs",
            over="repair costs above {x}",
        ),
        attribute(
            "idle",
            "duration",
            "how long {s} was off the road in the past year",
            """
            {s} was off the road for {v} in the past year.
            In the past year, {s} [stood idle|was off the road] for {v}.
            For {v} of the past year, {s} was off the road[|, waiting for $part].
            {v} off the road is the past year's record of {s}.
            The past year kept {s} off the road for {v}[|, $trip included].
            Repairs and tests held {s} off the road for {v} in the past year.
            The time that {s} spent off the road in the past year [is|comes to] {v}.
            {s} lost {v} of the past year off the road[|, because $part was $state].
            Off the road for {v} in the past year, {s} [was missed|had to be replaced by a hired one].
            In sum, {s} spent {v} of the past year off the road.
            """,
            """
            {s} was off the road for {v} in the past year.
            In the past year, {s} spent {v} off the road.
            The time {s} spent off the road in the past year was {v}.
            For {v} in the past year, {s} was off the road.
            {s} stood idle for {v} in the past year.
            """,
            low=3,
            high=140,
            unit="days",
            top="the longest time off the road",
            bottom="the shortest time off the road",
            over="a time off the road longer than {x}",
        ),
        attribute(
            "tread",
            "percentage",
            "how much of the tread was left on the tyres of {s}",
            """
            The tyres of {s} had {v} of their tread left.
            On the tyres of {s}, {v} of the tread was left.
            {v} of the tread was left on the tyres of {s}[|, by the gauge of $who].
            When measured, the tyres of {s} still had {v} of their tread[|, more than $who had thought].
            Tread on the tyres of {s} was [down to|measured at] {v}.
            {s} stands on tyres with {v} of their tread left.
            The gauge read {v} for the tread left on the tyres of {s}.
            As to tyres, {s} had {v} of the tread left[|, though $part was $state].
            The tyre sheet gives {s} {v} of tread left.
            What was left of the tread on the tyres of {s} came to {v}.
            """,
            """
            The tyres of {s} had {v} of their tread left.
            On the tyres of {s}, {v} of the tread was left.
            The tread left on the tyres of {s} was {v}.
            For {s}, the tyres were found to have {v} of their tread left.
            The tyres on {s} still had {v} of the tread.
            """,
            low=124,
            high=968,
            top="the most tread left on its tyres",
            bottom="the least tread left on its tyres",
            over="more than {x} of the tread left on the tyres",
        ),
        attribute(
            "policy",
            "code",
            "the number of the insurance policy for {s}",
            """
            The insurance policy for {s} has the number {v}.
            {s} is insured under policy {v}.
            Policy {v} covers {s}[|, $part and glass included].
            {v} is the insurance policy for {s}.
            In case of damage, the policy to name for {s} is {v}.
            Insurance for {s} runs under policy number {v}[|, as $who can confirm].
            The card behind the windscreen of {s} shows insurance policy {v}.
            For {s} an insurance policy was taken out, number {v}.
            The insurer keeps {s} under policy {v}.
            Every claim for {s} must quote policy {v}.
            """,
            """
            The insurance policy for {s} has the number {v}.
            {s} is insured under policy {v}.
            The number of the insurance policy for {s} is {v}.
            For {s}, insurance policy {v} applies.
            Policy {v} is the one that insures {s}.
            """,
            unit="PL",
            which="is insured under policy {v}",
        ),
        attribute(
            "stand",
            "place",
            "the place where {s} is parked overnight",
            """
            {s} is parked overnight at {v}.
            Overnight, {s} [is parked|stands] at {v}[|, where $who has the key].
            {v} is where {s} is parked overnight.
            At night {s} can be found at {v}.
            The overnight place of {s} is {v}[|, out of the wind].
            When the day is done, {s} is parked at {v} for the night.
            {s} spends its nights at {v}[|, under a roof].
            A bay at {v} is kept for {s} overnight.
            After work {s} returns to {v}, where it is parked overnight.
            The night bay of {s} is at {v}.
            """,
            """
            {s} is parked overnight at {v}.
            {v} is the place where {s} is parked overnight.
            Overnight, {s} stands at {v}.
            The place where {s} spends the night is {v}.
            For the night, {s} is parked at {v}.
            """,
            which="is parked overnight at {v}",
        ),
    ),
    pairs={
        ("serviced", "driver"): lines("""
            {s}, whose regular driver is {driver}, had its last full service on {serviced}.
            On {serviced} {driver}, the regular driver, brought {s} in for its last full service.
        """),
        ("distance", "repairs"): lines("""
            {s} covered {distance} kilometres in the past year, and repairs to it cost {repairs}.
            In the past year {s} ran {distance} kilometres and needed repairs for {repairs}.
        """),
        ("repairs", "idle"): lines("""
            In the past year, repairs to {s} cost {repairs} and kept it off the road for {idle}.
            {s} was off the road for {idle} in the past year, and repairs to it cost {repairs}.
        """),
        ("stand", "policy"): lines("""
            {s}, insured under policy {policy}, is parked overnight at {stand}.
            Policy {policy} covers {s}, which is parked overnight at {stand}.
        """),
        ("driver", "stand"): lines("""
            {driver}, the regular driver of {s}, parks it overnight at {stand}.
            Each evening {driver}, regular driver of {s}, leaves it at {stand} overnight.
        """),
    },
    colour=lines("""
        $part was $act [by $who|after $trip|without delay], and $part was $act too.
        $who [calls|finds] {s} $trait, [above all|even|not least] on $trip.
        After $trip $part was $state, [so $who had it $act|which $who put down to the cold|and so it stayed].
        $part [is|was found] $state, [though|while] $part [gave no trouble|needs watching].
        During $trip $who [heard a knock from|smelt something near|lost a bolt of] $part.
        A spare for $part [was on the shelf|took weeks to come|was borrowed], and $who [had it fitted|waited for it].
        $who [asked|would like] to [sell|keep] {s}, [since it is|as it was] $trait and $part is $state.
        [Twice|Once|More than once] $part had to be $act on the way to $trip.
        For $trip {s} was [lent out|washed|loaded to the limit], and $part [came back|was afterwards] $state.
        [A test drive|A look underneath] by $who showed $part to be $state.
        What $who wrote about $part ("$state") was [confirmed|doubted] by $who.
        $who [would not trust|swears by] $part, [old as it is|new as it is|whatever the gauge says], and calls it $state.
    """),
    short=lines("""
        The first-aid box was complete.
        All lamps were working.
        The tachograph was checked.
        No fines were received.
        The spare wheel was in place.
        The seat belts were tested.
        Fuel cards are kept with the key.
        The warning triangle was missing and has been replaced.
        Oil and filters were changed as the maker's plan demands.
        Nothing was said about a sale.
        The service book is up to date.
        The horn works.
        The paint was touched up.
        A photograph of the damage done by a gatepost is kept with the file.
        Winter tyres are in store.
    """),
)
