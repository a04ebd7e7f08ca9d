"""The transparency log of our own word: every issuance and every change of status, where nothing can be taken back.

It tells strangers, without names, what the audit trail (`issuer.audit`) tells us. docs/adr/0044 says why so.
"""
