"""Throwaway servers."""
