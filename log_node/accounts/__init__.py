"""Who may read the log: the rules of identity-v1 on a small database beside the ledger."""
