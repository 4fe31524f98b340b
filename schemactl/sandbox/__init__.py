"""Throwaway real servers on loopback, one file an engine."""
