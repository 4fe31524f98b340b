"""Behaviour of schemactl, held against real servers."""
