"""The local GA4 stand-in: keeps what real GA4 would be sent, on this machine."""
