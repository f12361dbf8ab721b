"""Potluck on Telegram."""
