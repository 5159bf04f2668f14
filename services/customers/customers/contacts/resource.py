"""Contacts: the standard methods."""

from chassis.resources import Resource
from customers.contacts.table import contacts
from guanxi.customers.v1 import contacts_pb2

CONTACTS = Resource(contacts_pb2.Contact, contacts)
