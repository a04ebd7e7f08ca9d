"""Work that runs by itself: idempotent sweeps over rows. Whatever is lost of a run, the next one makes good."""
