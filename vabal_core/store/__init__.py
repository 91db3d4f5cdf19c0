"""REMEMBER: projects, images, the append-only log of labels, and the rounds, in one SQL database."""
