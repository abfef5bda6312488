"""A pool, a run profile and dataset blocks for what a user has: the first files of a home, to be read and edited."""
