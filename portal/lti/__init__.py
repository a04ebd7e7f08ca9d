"""The LTI 1.3 tool: levels in the courses of learning platforms, and the grades that propose awards."""
