"""Settings of customers."""

from chassis.config import ServiceConfig

Config = ServiceConfig
