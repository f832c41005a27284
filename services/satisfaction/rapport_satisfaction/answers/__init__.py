"""Answers: the page on which a customer answers, and what counts."""
