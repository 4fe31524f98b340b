"""Servers and proxies that tests stand on, beside the sandbox."""
