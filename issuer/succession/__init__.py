"""From a credential to what replaces it: renewing, reissuing, and the way from an old one to the newest."""
