"""The local GA4 stand-in: takes what real GA4 would be sent, judges it by Google's documented rules, shows it.

It is no proof that Google accepts: it applies what Google documents and what users report, on this machine.
"""
