"""The `guide` command line: one module a group of verbs, each with `register(app)`."""
