"""One file per client family: a request's body → rows. A new family is one new file."""
