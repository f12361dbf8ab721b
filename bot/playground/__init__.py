"""The local page: a chat of its own, live charts, and the operator's dashboard."""
