"""Provisioning on real servers, with real logins."""
