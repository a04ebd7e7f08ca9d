"""One module for each step of the verification; `verifier.verify` puts them in order."""
