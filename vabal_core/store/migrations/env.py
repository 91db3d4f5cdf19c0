"""Alembic's entry: runs the migrations on the connection that `vabal_core.store.migrate` holds."""

from alembic import context

from vabal_core.store.second_look_tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
