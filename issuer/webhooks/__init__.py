"""Webhooks: other systems are told what happens to credentials, signed by the scheme of Standard Webhooks 1.0.

What happened is read from the audit trail, which has every change in the order of its commits, so that none is missed
and none told twice (`collecting`); what time alone does, from the credentials' dates. Each event then goes to each
system that asked for its kind until that system has taken it (`delivering`).
"""
