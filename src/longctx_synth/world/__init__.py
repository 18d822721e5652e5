"""What rows are about: documents written by the program from facts, and the user's own texts."""
