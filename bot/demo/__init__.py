"""The demo: everything set up on one machine, and the tour through the whole loop."""
