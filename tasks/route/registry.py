"""Routers by name; others add theirs through the entry-point group `concertino.routers`."""

from tasks.registry import ROUTERS, Registry
from tasks.route.contract import Router

routers: Registry[type[Router]] = Registry("router", ROUTERS)
