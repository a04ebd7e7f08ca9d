"""Where a verification is worked on, so that nobody waits for the document of somebody else.

- at once, in the event loop: small documents on the direct road, where all that must be known is in memory
- in a thread: what has to wait for the database or for other servers
- in a process of its own: what takes long – other contexts, parts that look alike, sheer size

Each place begins what the one before has declined; which one it was changes nothing but time.
"""
