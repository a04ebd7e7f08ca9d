"""The credential that came next, for statements about another: the one that replaces it and is issued."""

from __future__ import annotations

from sqlalchemy import literal_column

from issuer.tables import CredentialRow

NEXT = CredentialRow.__table__.alias("following")
NEXT_IS_ISSUED = (NEXT.c.state == "issued", NEXT.c.state != literal_column("'void'"))
"""“Not void” in the words of the index of successors: without them SQLite reads all rows to find one."""
