"""The table of channels."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from engagement.metadata import metadata
from guanxi.engagement.v1 import channels_pb2

channels = resource_table(
    channels_pb2.Channel,
    metadata,
    # AES-256-GCM under the master key; the first 12 bytes are the nonce.
    sa.Column("sealed_password", sa.LargeBinary),
)
