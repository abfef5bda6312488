"""Routers by name; others add theirs through the entry-point group `concertino.routers`."""

from profiles.registry import ROUTERS, Registry
from tasks.route.contract import Router

routers: Registry[type[Router]] = Registry("router", ROUTERS)
