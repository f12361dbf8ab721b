"""Potluck in Discord servers."""
