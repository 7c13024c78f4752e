"""Web pages: the visitor screen."""
