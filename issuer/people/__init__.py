"""People: the company's directory, what is asked of whom, who accompanies whom, and what follows from it."""
