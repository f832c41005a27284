"""What alembic runs for every command: on the connection that it was given, each revision in a transaction of its own."""

from __future__ import annotations

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

from rapport_chassis.migrations import VERSION_TABLE


def note(ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object) -> None:  # noqa: ARG001 - alembic's
    """Remember a revision that was applied, for the caller."""
    context.config.attributes["applied"].extend(step.up_revision_ids)


context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
    on_version_apply=note,
)
with context.begin_transaction():
    context.run_migrations()
