"""The routers that come with Concertino; importing this registers them."""

from tasks.route.routers import avengers, knn  # noqa: F401
