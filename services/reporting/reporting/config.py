"""Settings of reporting."""

from chassis.config import ServiceConfig

Config = ServiceConfig
