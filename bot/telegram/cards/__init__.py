"""Facts drawn for Telegram: short HTML, thumb-sized keyboards, one card a fact."""
