"""Evaluation: how good rankings are by people's judgments, and how sure that is."""
