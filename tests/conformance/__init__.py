"""What public standards demand, asked of a started conformance server over HTTP; run by `make conformance`."""
