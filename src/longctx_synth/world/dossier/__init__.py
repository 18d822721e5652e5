"""Dossiers: several documents in one context whose facts hang together, with exact answers over them.

model      facts, steps, questions: what a kind of world is made of
kinds/     the worlds: state, solvers, questions, sentences
writer     facts into documents of a wanted length, each piece of evidence where it was asked for
reading    the finished text back into facts
trace      a solver's steps as a reasoning trace
"""
