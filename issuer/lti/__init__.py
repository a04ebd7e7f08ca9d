"""Levels in courses of learning platforms (LTI 1.3): which platforms, who came from there, whose grades are asked."""
