"""Resources: the standard methods, the same for every resource, made from its contract and its table."""

from chassis.resources.resource import Draft, Hooks, Resource

__all__ = ["Draft", "Hooks", "Resource"]
