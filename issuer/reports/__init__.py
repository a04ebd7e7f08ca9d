"""What somebody who looks after all of it wants to see at a glance: searches, figures, what needs attention."""
