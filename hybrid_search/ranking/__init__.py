"""Ranking: pure functions from the engine's complete scores to an explained order."""
