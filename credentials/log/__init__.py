"""A transparency log: a tree of hashes to which entries are only ever added, and what proves it to a stranger.

RFC 9162 (section 2.1) for the tree; C2SP's tlog-tiles, signed-note, tlog-checkpoint and tlog-proof for the rest.
"""
