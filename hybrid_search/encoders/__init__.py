"""Encoders: text and pictures to unit vectors."""
