"""What Alembic runs to take the steps: over the connection that it is given, in that connection's transaction."""

from alembic import context

from checker.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
