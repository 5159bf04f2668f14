"""Projects: the standard methods."""

from chassis.resources import Resource
from guanxi.customers.v1 import projects_pb2

from customers.projects.table import projects

PROJECTS = Resource(projects_pb2.Project, projects)
