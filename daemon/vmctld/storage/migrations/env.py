"""Runs migrations on the connection that ``storage.schema`` hands over."""

from alembic import context

from vmctld.storage.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
