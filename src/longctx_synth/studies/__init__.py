"""Looking before and after: rows as a person reads them, what a run will cost, how hard rows are, how far a judge agrees with people."""
