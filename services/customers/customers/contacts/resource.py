"""Contacts: the standard methods."""

from chassis.resources import Resource
from guanxi.customers.v1 import contacts_pb2

from customers.contacts.table import contacts

CONTACTS = Resource(contacts_pb2.Contact, contacts)
