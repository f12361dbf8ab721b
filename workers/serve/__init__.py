"""The inference server: one base in memory, many adapters, one batch."""
