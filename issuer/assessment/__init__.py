"""From a proposal to a decision: evidence, assessments, quorum, appeal."""
