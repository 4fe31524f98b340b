"""Engines, each against its real servers."""
