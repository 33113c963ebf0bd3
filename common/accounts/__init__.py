"""Accounts, invitations, devices and logins: the rules that server nodes and the log node share (identity-v1)."""
