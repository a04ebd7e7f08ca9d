"""Other badge hosts, as the consumer of their Open Badges 3.0 API: badges go there, and come from there."""
