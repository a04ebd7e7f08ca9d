"""The wall: new certifications of those who agreed to be celebrated, and what each of them agreed to."""
