"""Sentences of visitors, kept apart from everything that is indexed, and how well the lookup understands them."""
