"""The direct road to canonical form, for documents over the known contexts.

A list of contexts is an automaton. An active context (JSON-LD 1.1 API, section 4.1) is a state; a term, together with
the contexts and types of the object beneath it, leads to the next. PyLD's context processor makes each state and each
definition once, when a document first needs it. After that a document is walked once, from JSON to quads, without
expansion. `road.canonicalize` is the entrance; whatever the road is not proven for is left to the slow one.
"""
