"""Reviewers beyond the row's own checks: what a draft is held to while it is being written."""
