"""What Alembic runs: it is handed an open connection by model_zoo.experiments.database, and reads no ini file."""

from alembic import context

from model_zoo.experiments.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
