"""The core: members, quota, intake, review, release, runs, ledger and standing."""
