"""`python -m gateway.openapi`: prints the OpenAPI document, for what is generated from it."""

import json
import sys

from gateway.openapi.document import build
from gateway.transcoding.catalog import Catalog

json.dump(build(Catalog(), "http://localhost"), sys.stdout)
