"""Conversations whose memory is known: what was said when, by whom, and what holds at the end, because code decided it."""
