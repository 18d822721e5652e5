# ruff: noqa: E501  (a template is one line, however long)
"""Supplier reviews: firms that one body buys from, judged one after another."""

from __future__ import annotations

from longctx_synth.world.kinds.base import Kind, attribute, vocabulary
from longctx_synth.world.prose import lines

KIND = Kind(
    name="suppliers",
    noun="supplier",
    plural="suppliers",
    work="this supplier review",
    work_again=("the review", "the supplier review"),
    titles=lines("""
        Supplier review, {org}
        Who delivers to {org}: a review of suppliers
        {org}: review of purchasing and suppliers in {city}
        Performance of suppliers to {org}
        Suppliers under contract with {org}
    """),
    headings=lines("""
        Deliveries to the {area} stores
        Suppliers of the {area} branch
        Contracts placed from {area}
        Purchasing for {area}
        Goods and services for {area}
        The {area} list
    """),
    opening=lines("Why this review was made\nScope of the review\nMandate\nMethod and sources"),
    closing=lines("After the review\nWhat happens next\nSign-off\nPublication and objections"),
    subjects=(("{company}", "the firm|the supplier|the company"),),
    words=vocabulary("""
        goods: gaskets, floor tiles, work gloves, ledger paper, pipe fittings, lamp housings, valve seats, crates, detergent, canvas covers, brass screws, switch panels, oak boards, filter bags, test weights, cable drums, wall paint, tea urns, hinges, felt pads, rubber mats, signage, copper tubing, drill bits
        trait: punctual, hard to reach, careful with paperwork, quick to answer, fond of long letters, cheap but slow, well organised, stubborn about prices, willing to learn, thin on stock, exact, sparing with words
        fault: torn wrapping, mixed batches, missing labels, a wrong shade, scratched surfaces, short weight, late papers, an unsigned delivery note, crushed corners, an outdated price list, damp cartons, swapped sizes
        who: the storekeeper, the buyer, the night shift, the goods inspector, the accounts desk, the site kitchen, the foreman, the maintenance crew, the dispatcher, an apprentice
        act: a free replacement, a credit note, an apology by telephone, a visit in person, a new driver, better crates, a revised timetable, a second inspection, a written promise
        time: last winter, the summer break, stocktaking, the harvest months, the strike at the port, the week before the audit, a change of owner, the move to new premises
    """),
    attributes=(
        attribute(
            "signed",
            "date",
            "the date on which the contract with {s} was signed",
            """
            The contract with {s} was signed on {v}[|, shortly after $time].
            {s} has been under contract since {v}, the day of signature.
            On {v} both sides [signed|put their names to] the contract with {s}.
            The signatures on the contract with {s} [date from|bear the date of] {v}.
            It was on {v} that the contract with {s} was signed[|, for $goods above all].
            After [long|brief|patient] talks, {s} signed its contract on {v}.
            {v} is the day on which {s} signed the contract[| for $goods].
            With {s} the contract was signed on {v}[|, in spite of $time].
            {s} became a supplier by the contract signed on {v}.
            Signed on {v}, the contract with {s} covers $goods[| and $goods].
            The contract that binds {s} was signed on {v}.
            """,
            """
            The contract with {s} was signed on {v}.
            {s} signed its contract on {v}.
            {v} is the date on which the contract with {s} was signed.
            The signing of the contract with {s} took place on {v}.
            As the document has it, {s} came under contract on {v}.
            """,
            low=-1400,
            high=-420,
            first="put under contract",
            top="the most recently signed contract",
            bottom="the contract that was signed earliest",
            over="a contract signed after {x}",
        ),
        attribute(
            "worth",
            "amount",
            "the yearly value of the contract with {s}",
            """
            The contract with {s} is worth {v} a year.
            {s} [delivers|sells] [goods|$goods and the like] for {v} a year under its contract.
            A year's business with {s} comes to {v}[|, $goods included].
            {v} a year is [what the contract with|the contract value agreed with] {s} [is worth|comes to in the books].
            By contract, {s} [earns|receives] {v} a year.
            The yearly value of the contract with {s} [stands at|was fixed at] {v}[|, with $goods as the largest item].
            In money, the contract with {s} means {v} a year.
            {v} goes to {s} each year under the contract[|, mainly for $goods].
            The books put the contract with {s} at {v} a year.
            Each year the contract with {s} [costs|takes] {v}[|, whether or not $goods are called for].
            The [agreed|fixed] value of the contract with {s} is {v} a year.
            """,
            """
            The contract with {s} is worth {v} a year.
            The yearly value of the contract with {s} is {v}.
            {s} has a contract worth {v} each year.
            Under its contract, {s} receives {v} a year.
            For {s}, the yearly contract value is {v}.
            """,
            low=3400,
            high=910000,
            top="the highest yearly contract value",
            bottom="the lowest yearly contract value",
            over="a yearly contract value above {x}",
        ),
        attribute(
            "contact",
            "person",
            "the person who looks after the account at {s}",
            """
            {v} looks after the account at {s}.
            At {s} the account is [looked after|handled] by {v}[|, whom $who knows well].
            The [right person|one] to ring at {s} is {v}, who [keeps|looks after] the account.
            Questions to {s} [go to|are answered by] {v}, the account manager there.
            {s} has put {v} in charge of the account[|, since $time].
            For {s} the account is in the hands of {v}[|, described as $trait].
            {v}, who looks after the account at {s}, [is known to $who|was called $trait by $who].
            The account manager at {s} is {v}.
            Letters to {s} should be addressed to {v}, who has charge of the account.
            On the other side of the table sits {v}, account manager at {s}.
            {s} is spoken for by {v}, its account manager[|, $trait by all accounts].
            """,
            """
            {v} looks after the account at {s}.
            At {s}, the account is handled by {v}.
            The person in charge of the account at {s} is {v}.
            The account manager at {s} is called {v}.
            {s} has its account looked after by {v}.
            """,
            which="has its account looked after by {v}",
        ),
        attribute(
            "orders",
            "count",
            "the number of orders that were placed with {s} in the year under review",
            """
            {v} orders were placed with {s} in the year under review.
            In the year under review, {s} [received|took] {v} orders[|, many of them for $goods].
            {s} was sent {v} orders in the course of the year.
            The order book [shows|holds] {v} orders to {s} for the year under review.
            Over the year, {v} orders went to {s}[|, as $who had them counted].
            The year's orders to {s} [number|come to] {v}.
            With {v} orders in the year, {s} [kept $who busy|was seldom out of mind].
            Within the year {s} filled a place in the books with {v} orders[|, from $goods to $goods].
            All told, {s} was given {v} orders in the year under review.
            From $goods to $goods, {s} had {v} orders in the year.
            """,
            """
            {v} orders were placed with {s} in the year under review.
            In the year under review, {s} received {v} orders.
            The number of orders placed with {s} was {v}.
            {s} had {v} orders in that year.
            In total, {v} orders went to {s}.
            """,
            low=14,
            high=970,
            top="the highest number of orders",
            bottom="the lowest number of orders",
            over="more than {x} orders",
        ),
        attribute(
            "late",
            "percentage",
            "the share of deliveries from {s} that came late",
            """
            {v} of the deliveries from {s} came late.
            Of the deliveries from {s}, {v} [came|arrived] late[|, most often those of $goods].
            {s} was late with {v} of its deliveries[|, which $who had long suspected].
            The share of late deliveries at {s} [is|stands at] {v}.
            Late deliveries make up {v} of all that {s} [sent|brought][|, $time aside].
            By the gate log, {v} of deliveries from {s} were late.
            In punctuality {s} [leaves something to be desired|can be measured]: {v} of its deliveries came late.
            For {s} the log gives {v} of deliveries as late[|, the worst of it during $time].
            Measured at the gate, {s} had {v} of its deliveries late.
            {s} missed the agreed day in {v} of its deliveries.
            As for lateness, {v} of deliveries from {s} were [behind time|overdue].
            """,
            """
            {v} of the deliveries from {s} came late.
            The share of late deliveries from {s} was {v}.
            {s} delivered late in {v} of cases.
            Of all deliveries from {s}, {v} were late.
            Late deliveries made up {v} of those from {s}.
            """,
            low=11,
            high=487,
            top="the largest share of late deliveries",
            bottom="the smallest share of late deliveries",
            over="a share of late deliveries above {x}",
        ),
        attribute(
            "lead",
            "duration",
            "the lead time that {s} asks for an order",
            """
            {s} asks for a lead time of {v}.
            From order to delivery, {s} [wants|needs] {v}.
            The lead time at {s} is {v}[|, $goods excepted|, even for $goods].
            Whoever orders from {s} must [count on|reckon with] a lead time of {v}.
            {v} is the lead time that {s} [quotes|asks for].
            An order placed with {s} has a lead time of {v}[|, as $who found out during $time].
            Nothing comes from {s} in less than its lead time of {v}.
            Orders for {s} [should leave|must be sent] {v} ahead, which is its lead time.
            {s} has settled on a lead time of {v}[|, for $goods as for $goods].
            It takes {v} from order to delivery at {s}.
            """,
            """
            {s} asks for a lead time of {v}.
            The lead time at {s} is {v}.
            An order with {s} takes {v} from order to delivery.
            For {s}, one has to allow a lead time of {v}.
            {s} needs {v} to deliver an order.
            """,
            low=4,
            high=118,
            unit="days",
            top="the longest lead time",
            bottom="the shortest lead time",
            over="a lead time longer than {x}",
        ),
        attribute(
            "agreement",
            "code",
            "the number of the framework agreement with {s}",
            """
            The framework agreement with {s} has the number {v}.
            {s} delivers under framework agreement {v}.
            Framework agreement {v} [binds|was made with] {s}.
            {v} is the framework agreement that [governs|covers] what {s} sends.
            In the contract register, {s} stands under framework agreement {v}.
            Invoices from {s} must [quote|show] framework agreement {v}[|, or $who sends them back].
            The number {v} stands for the framework agreement with {s}.
            All orders to {s} are [booked|placed] under framework agreement {v}[|, $goods among them].
            For {s} there is a framework agreement, {v}.
            What {s} may charge is laid down in framework agreement {v}.
            """,
            """
            The framework agreement with {s} has the number {v}.
            {s} is bound by framework agreement {v}.
            The number of the framework agreement with {s} is {v}.
            For {s}, framework agreement {v} applies.
            Framework agreement {v} is the one with {s}.
            """,
            unit="FA",
            which="is bound by framework agreement {v}",
        ),
        attribute(
            "works",
            "place",
            "the place from which {s} ships its goods",
            """
            {s} ships its goods from {v}.
            Goods from {s} [come|are shipped] from {v}[|, where $who once went to see them].
            At {v}, {s} [loads|ships] what it sells.
            The goods that {s} sends are [packed|loaded] at {v} and shipped from there.
            {v} is the place from which {s} ships.
            Lorries with goods from {s} start at {v}.
            Shipments by {s} leave from {v}[|, $goods and all].
            Since $time, {s} has shipped its goods from {v}.
            {s} keeps a loading bay at {v} and ships everything from there.
            Everything that {s} ships [starts out|sets off] from {v}.
            """,
            """
            {s} ships its goods from {v}.
            Goods from {s} are shipped from {v}.
            {v} is the place from which {s} ships its goods.
            What {s} sells is shipped from {v}.
            The goods of {s} leave from {v}.
            """,
            which="ships its goods from {v}",
        ),
    ),
    pairs={
        ("signed", "worth"): lines("""
            The contract with {s}, signed on {signed}, is worth {worth} a year.
            On {signed} a contract worth {worth} a year was signed with {s}.
            {s} signed on {signed} for a yearly contract value of {worth}.
        """),
        ("contact", "works"): lines("""
            {contact} looks after the account at {s}, which ships its goods from {works}.
            {s} ships its goods from {works}; the account is looked after by {contact}.
        """),
        ("orders", "late"): lines("""
            Of the deliveries that followed {orders} orders to {s} in the year, {late} came late.
            {s} received {orders} orders in the year under review and was late with {late} of its deliveries.
            {orders} orders were placed with {s} in the year under review, and {late} of the deliveries came late.
        """),
        ("agreement", "lead"): lines("""
            Framework agreement {agreement} with {s} [sets|allows] a lead time of {lead}.
            Under framework agreement {agreement}, {s} asks for a lead time of {lead}.
        """),
        ("contact", "agreement"): lines("""
            Framework agreement {agreement} with {s} [is in the care of|was drawn up with] {contact}, who looks after the account there.
            {contact}, who looks after the account at {s}, [works from|refers to] framework agreement {agreement}.
        """),
    },
    colour=lines("""
        $who [calls|finds] {s} $trait[|, more so since $time|, at least where $goods are concerned].
        $fault [led to|brought] $act[|, after a letter from $who].
        Once, during $time, $goods [arrived|came] with $fault, and $who [sent them back|wrote at once|let it pass].
        {s} answered a complaint about $fault with $act.
        In the matter of $goods {s} has been $trait[|, as was to be expected after $time].
        $who [would rather|asked to] buy $goods elsewhere, [but|though] nobody offers $act as {s} did.
        Prices for $goods [rose a little|held steady|were discussed] after $time; $who [kept a list|took it calmly|has seen worse].
        A test of $goods [showed nothing amiss|went well|was cut short by $time].
        [Complaints|Remarks] by $who concern $fault and, [less often|now and then], the quality of $goods.
        {s} was [praised|thanked] by $who for $act [after|during] $time.
        When $goods ran short during $time, {s} [found a way|sent what it had|offered $goods instead].
        The samples of $goods [are still with $who|were passed from $who to the laboratory|lie in the store], [labelled and dated|in good order|unopened].
        Talks about $goods [dragged on|were short], since $who [insisted on|hoped for] $act.
    """),
    short=lines("""
        No claim is pending.
        The invoices were in order.
        Insurance papers are on file.
        The last audit raised no objection.
        Samples are kept for two years.
        References were taken up by telephone.
        The terms of payment were not changed.
        Prices were compared with those of other firms in the trade.
        The bank details were checked twice.
        The questionnaire came back complete, with all annexes and a stamped covering letter.
        Credit was never refused.
        All certificates are valid.
        The packaging is returned empty.
        What was said by telephone was afterwards put in writing by one side or the other.
        A renewal has not been discussed.
    """),
)
