# ruff: noqa: E501  (a template is one line, however long)
"""Minutes of a series of meetings: one committee, one meeting after another, in the order of their dates."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="minutes",
    noun="meeting",
    plural="meetings",
    work="this cycle of meetings",
    work_again=("the cycle", "the cycle of meetings"),
    titles=lines("""
        Minutes of the standing committee of {org}
        {org}: minutes of the works committee
        Collected minutes, advisory board of {org}, {city}
        Minute book of {org}
        Meetings of the supervisory committee, {org}
    """),
    headings=lines("""
        The {area} round
        At the invitation of {area}
        Under the {area} chairmanship
        From the {area} term
        The {area} sitting
        {area} and other business
    """),
    opening=lines("About these minutes\nThe committee\nForeword by the secretary\nOn the record"),
    closing=lines("After the last meeting\nApproval of the minutes\nFrom the secretary\nClosing note"),
    subjects=(("the {number} meeting", "the meeting|the session|the sitting"),),
    words=vocabulary("""
        topic: the heating of the hall, parking, the lease, the new boiler, staff canteen prices, the summer fair, winter tyres, the archive, the lift, visitors' badges, a bicycle shed, the telephone contract, the pension rules, the fire drill, noise at night, the flag, the tree by the gate, recycling, the petty cash, a farewell gift, the works outing, the website
        member: the treasurer, the secretary, the vice-chair, the staff delegate, the youngest member, the outgoing member, the legal adviser, the delegate for safety, a guest from the region, the caretaker
        stance: in favour of, against, in two minds about, worried about, in no hurry over, curious about, well informed about, tired of
        act: asked for figures, left early, read out a letter, moved an amendment, passed round photographs, took the floor twice, quoted the statutes, offered to write to the owner, withdrew a motion, spoke at length, abstained, asked for a break
        mood: brisk, lively, subdued, cordial, good-humoured, long-winded, businesslike, polite
        later: a second reading, the next agenda, a small working group, the autumn, written advice, a vote by letter, the owner's reply
    """),
    attributes=(
        attribute(
            "held",
            "date",
            "the date on which {s} was held",
            """
            {s} was held on {v}[| in a~$mood spirit].
            On {v} [the members came together|members were called] for {s}.
            {s} [took place|was called] on {v}[|, with $topic at the top of the agenda].
            The date of {s} was {v}.
            It was on {v} that {s} [was held|met], [with a full agenda|$topic being the reason for haste|after one postponement].
            {v} saw {s}, [in a~$mood spirit|a $mood affair|which began with $topic].
            For {s}, the members [gathered|sat down together] on {v}.
            The chair opened {s} on {v}[|, in a $mood tone].
            As agreed beforehand, {s} was held on {v}.
            {s}, held on {v}, [dealt|was taken up] with $topic first.
            The calendar gives {v} for {s}.
            """,
            """
            {s} was held on {v}.
            The date of {s} was {v}.
            It was on {v} that {s} took place.
            According to the minutes, {s} was held on {v}.
            {v} is the date of {s}.
            """,
            low=0,
            high=0,
        ),
        attribute(
            "chair",
            "person",
            "the person who chaired {s}",
            """
            {v} chaired {s}[|, $member being away].
            {s} was chaired by {v}.
            In the chair at {s} was {v}[|, who kept things $mood].
            The chair at {s} was taken by {v}.
            At {s} {v} took the chair[|, as $member was ill|, for want of anyone else].
            {v} opened {s} and stayed in the chair to the end.
            The gavel at {s} [was|lay] in the hands of {v}, who chaired.
            By rota, the chair of {s} fell to {v}.
            With {v} in the chair, {s} [was $mood|went through its agenda].
            {v} had the chair at {s}[|, though $member $act].
            It was {v} who chaired {s}.
            """,
            """
            {v} chaired {s}.
            {s} was chaired by {v}.
            The person in the chair at {s} was {v}.
            At {s}, {v} took the chair.
            The chair of {s} was {v}.
            """,
            which="was chaired by {v}",
        ),
        attribute(
            "present",
            "count",
            "the number of people who attended {s}",
            """
            {v} people attended {s}.
            {s} was attended by {v} people[|, $member among them].
            The attendance list of {s} has {v} names.
            At {s}, {v} people signed the attendance list[|, not counting those who came for $topic alone].
            With {v} people attending, {s} [filled the room|had a quorum].
            Attendance at {s} [came to|was] {v} people.
            {v} people were counted at {s}[|, guests included|, which pleased $member].
            The list for {s} shows {v} people in attendance.
            {s} drew {v} people[|, most of them $stance $topic].
            In attendance at {s} were {v} people.
            """,
            """
            {v} people attended {s}.
            {s} was attended by {v} people.
            Attendance at {s} was {v} people.
            The number of people who attended {s} was {v}.
            At {s}, {v} people were in attendance.
            """,
            low=11,
            high=190,
            top="the highest attendance",
            bottom="the lowest attendance",
            over="an attendance above {x}",
        ),
        attribute(
            "voted",
            "amount",
            "the sum that was voted at {s} for repairs and purchases",
            """
            {v} was voted at {s} for repairs and purchases.
            {s} voted {v} for repairs and purchases[|, $topic not included].
            For repairs and purchases, {s} [released|voted] {v}.
            The sum voted at {s} for repairs and purchases was {v}.
            At {s} the members [agreed to spend|voted] {v} on repairs and purchases[|, after $member $act].
            Repairs and purchases were given {v} by {s}.
            A vote at {s} [freed|set aside] {v} for repairs and purchases.
            In the end {s} [granted|allowed] {v} for repairs and purchases, [less than asked|and $topic went without|as the treasurer proposed].
            {s} put {v} at the disposal of repairs and purchases.
            {v} for repairs and purchases was what {s} voted[|, although $member $act].
            """,
            """
            {v} was voted at {s} for repairs and purchases.
            {s} voted {v} for repairs and purchases.
            The sum voted at {s} for repairs and purchases was {v}.
            For repairs and purchases, {v} was voted at {s}.
            At {s}, the members voted to spend {v} on repairs and purchases.
            """,
            low=240,
            high=92000,
            top="the highest sum voted for repairs and purchases",
            bottom="the lowest sum voted for repairs and purchases",
            over="a sum above {x} voted for repairs and purchases",
        ),
        attribute(
            "favour",
            "percentage",
            "the share of votes in favour of the main motion at {s}",
            """
            {v} of the votes at {s} were in favour of the main motion.
            The main motion at {s} [drew|received] {v} of the votes.
            At {s}, the main motion [had|was backed by] {v} of the votes[|, with $member against].
            Of the votes cast at {s}, {v} were for the main motion.
            In favour of the main motion of {s}, [on $topic,|] {v} of the votes were counted.
            The tellers at {s} found {v} of votes in favour of the main motion.
            Votes for the main motion at {s} came to {v} of the total[|, once $member had voted].
            The count at {s} gave the main motion {v} of the votes.
            {s} saw {v} of votes go to the main motion.
            The share of votes for the main motion at {s} was {v}[|, and $member $act].
            """,
            """
            {v} of the votes at {s} were in favour of the main motion.
            At {s}, the main motion received {v} of the votes.
            The share of votes in favour of the main motion at {s} was {v}.
            The main motion had {v} of the votes at {s}.
            Votes in favour of the main motion came to {v} at {s}.
            """,
            low=203,
            high=978,
            top="the largest share of votes for its main motion",
            bottom="the smallest share of votes for its main motion",
            over="a share of votes for the main motion above {x}",
        ),
        attribute(
            "length",
            "duration",
            "how long {s} lasted",
            """
            {s} lasted {v}.
            {s} went on for {v}[|, since $member $act].
            From opening to close, {s} took {v}.
            It took {v} to get through {s}[|, $topic taking the most].
            After {v}, {s} was [closed|over].
            The clock gave {s} a length of {v}.
            {v} was the length of {s}[|, the break included].
            The chair [needed|took] {v} to bring {s} to an end.
            For {v} the members sat over {s}[|, and over $topic].
            {s} was over in {v}[|, though $member had expected worse].
            """,
            """
            {s} lasted {v}.
            The length of {s} was {v}.
            {s} took {v} from beginning to end.
            After {v}, {s} came to an end.
            It took {v} to complete {s}.
            """,
            low=34,
            high=389,
            unit="minutes",
            top="the longest duration",
            bottom="the shortest duration",
            over="a duration longer than {x}",
        ),
        attribute(
            "resolution",
            "code",
            "the number of the resolution that was passed at {s}",
            """
            Resolution {v} was passed at {s}.
            {s} passed resolution {v}[|, on $topic].
            At {s} the members [passed|adopted] resolution {v}[|, after $member $act].
            What {s} resolved is recorded as resolution {v}.
            The resolution passed at {s} has the number {v}[|; it concerns $topic].
            {v} is the resolution that {s} passed.
            The members closed {s} with resolution {v}.
            Under the number {v}, {s} passed a resolution[| on $topic].
            The outcome of {s} is resolution {v}.
            The book of resolutions has {v} from {s}.
            """,
            """
            Resolution {v} was passed at {s}.
            {s} passed resolution {v}.
            The number of the resolution passed at {s} is {v}.
            At {s}, resolution {v} was passed.
            The resolution that {s} passed has the number {v}.
            """,
            unit="R",
            which="passed resolution {v}",
        ),
        attribute(
            "venue",
            "place",
            "the place where {s} met",
            """
            {s} met at {v}.
            The members met for {s} at {v}[|, where $topic could be seen from the window].
            {v} was the place of {s}.
            For {s} a room had been taken at {v}.
            {s} sat at {v}[|, in a room that $member had found].
            At {v} the doors were opened for {s}.
            The venue of {s} was {v}[|, as the hall was being painted].
            Chairs were set out at {v} for {s}.
            The members came to {v} for {s}[|, some by bus].
            {v} gave a roof to {s}.
            """,
            """
            {s} met at {v}.
            The place where {s} met was {v}.
            {v} was the venue of {s}.
            The members gathered at {v} for {s}.
            The venue chosen for {s} was {v}.
            """,
            which="met at {v}",
        ),
        attribute(
            "deadline",
            "date",
            "the date by which the tasks set at {s} were due",
            """
            The tasks set at {s} were due by {v}.
            By {v} the tasks set at {s} had to be done.
            {s} set tasks that were due by {v}[|, $topic among them].
            For the tasks from {s}, the last day was {v}.
            {v} was the day by which the tasks set at {s} were due.
            The action list of {s} was due by {v}[|, to the dismay of $member].
            Those who took on tasks at {s} had until {v}.
            Tasks given out at {s} had {v} as their due date.
            The due date for tasks set at {s} was fixed as {v}.
            Until {v}, there was time for the tasks set at {s}[|, $topic first].
            """,
            """
            The tasks set at {s} were due by {v}.
            {v} was the due date of the tasks set at {s}.
            The tasks that {s} gave out had to be done by {v}.
            By {v}, the tasks set at {s} were due.
            The due date for the tasks from {s} was {v}.
            """,
            base="held",
            low=3,
            high=8,
        ),
    ),
    pairs={
        ("held", "chair"): lines("""
            {s} was held on {held} with {chair} in the chair.
            On {held} {chair} opened and chaired {s}.
            {chair} chaired {s}, which was held on {held}.
        """),
        ("held", "venue"): lines("""
            {s} was held on {held} at {venue}.
            At {venue}, on {held}, the members sat down to {s}.
        """),
        ("present", "length"): lines("""
            {present} people attended {s}, which lasted {length}.
            {s} kept {present} people in their chairs for {length}.
        """),
        ("voted", "favour"): lines("""
            {s} voted {voted} for repairs and purchases; the main motion had {favour} of the votes.
            The main motion of {s} received {favour} of the votes, and {voted} was voted for repairs and purchases.
        """),
        ("resolution", "deadline"): lines("""
            Resolution {resolution} was passed at {s}, and the tasks set there were due by {deadline}.
            {s} passed resolution {resolution} and set tasks that were due by {deadline}.
        """),
    },
    colour=lines("""
        $member was $stance $topic [and|, but] $act.
        On $topic, $member $act, [and|while] $member $act.
        The tone was $mood until $topic came up[|; then $member $act].
        As for $topic, nothing was [settled|decided] before $later[|, although $member $act].
        [A long|A short|A lively] exchange about $topic ended when $member $act.
        There were [questions|doubts|kind words] about $topic, [mostly from|above all from] $member, and only [a few words|one remark] on $topic.
        $member, who was $stance $topic, [found support in|was contradicted by|was thanked by] $member.
        [Before the break|After the break|Towards the end] $member $act and the question of $topic was [settled|dropped|sent to a working group].
        As to $topic, the members were $mood and [left it to|hoped for|agreed on] $later.
        $member [reported on|gave an account of|had prepared notes on] $topic[|, to which nobody objected|, without much echo].
        [Nobody|Hardly anyone] wished to speak about $topic; $topic, however, [took some time|kept $member busy].
        [Coffee|A bus|A thunderstorm] cut short what $member had to say on $topic.
    """),
    short=lines("""
        The agenda was approved.
        Apologies were read.
        No other business was raised.
        The last minutes were approved.
        A break was taken half-way.
        Votes were counted by show of hands.
        Guests had no vote.
        The statutes were at hand and were looked up on one point of order.
        The minutes were taken by the secretary and read back before the close.
        Copies were sent to all members.
        Nobody asked for a secret ballot.
        The windows stayed open.
        A list of open points is kept.
        Thanks went to those who had put out the chairs and made the coffee.
        The door was kept by a steward.
    """),
    per_section=(1, 3),
    series=(9, 30),
)
