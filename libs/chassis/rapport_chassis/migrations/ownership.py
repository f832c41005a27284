"""Two roles for a database: the service's own, and the owner of what is only ever added to (docs/decisions/0045).

The service's role reads and adds; it can neither change nor remove rows of an append-only table, switch its triggers off,
nor replace their functions. Everything else stays its own, since it makes and drops partitions while it runs. The owner
migrates: it is a member of the service's role, never the other way round.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

READ_ONLY = frozenset(("schema_version", "schema_compatibility"))
"""Written by migrations alone."""
HEADS = ("_head", "_heads")
"""How names of tables end that triggers alone write to."""


class NotTheOwner(Exception):
    """What is to be done takes the owner of the tables. The message says what, and names no secret."""


def may_migrate(connection: Connection) -> bool:
    """Whether this role owns the append-only tables, or may make them where there are none yet."""
    return bool(connection.execute(_MAY_MIGRATE).scalar_one())


def settle(connection: Connection, service_role: str) -> None:
    """Give every table to the role that it belongs to, with its rights; run by the owner after its revisions. Does nothing
    new where all is settled. Raises NotTheOwner when it is not a member of the service's role."""
    owner = connection.execute(text("SELECT current_user")).scalar_one()
    if owner == service_role:
        return
    member = text("SELECT pg_has_role(current_user, CAST(:role AS name), 'USAGE')")
    if not connection.execute(member, {"role": service_role}).scalar_one():
        raise NotTheOwner(f"{owner} has to be a member of {service_role}: GRANT {service_role} TO {owner}")
    quoted = connection.dialect.identifier_preparer.quote
    service, keeper = quoted(service_role), quoted(owner)
    connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {service}"))
    for table in connection.execute(_TABLES).all():
        name = f"public.{quoted(table.name)}"
        read_only = table.name in READ_ONLY or table.name.endswith(HEADS)
        kept = read_only or table.keep is not None
        if table.owner != (owner if kept else service_role):
            connection.execute(text(f"ALTER TABLE {name} OWNER TO {keeper if kept else service}"))
        if kept:
            sealed = ", ".join(quoted(each.decode()) for each in (table.keep or b"").split(b"\0")[:-1])
            connection.execute(text(f"REVOKE ALL ON TABLE {name} FROM PUBLIC, {service}"))
            connection.execute(text(f"GRANT {'SELECT' if read_only else 'SELECT, INSERT'} ON TABLE {name} TO {service}"))
            if sealed:
                connection.execute(text(f"GRANT UPDATE ({sealed}) ON TABLE {name} TO {service}"))
    for sequence in connection.execute(_SEQUENCES, {"role": service_role}).scalars().all():
        connection.execute(text(f"ALTER SEQUENCE {sequence} OWNER TO {service}"))
    for routine in connection.execute(_ROUTINES, {"owner": owner}).scalars().all():
        connection.execute(text(f"ALTER ROUTINE {routine} OWNER TO {keeper}"))


_MAY_MIGRATE = text(
    """
    SELECT coalesce(
        (SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('public.audit')),
        has_schema_privilege('public', 'CREATE')
    )
    """
)
# A table is append-only when it has the trigger of that name; what the trigger is told are the columns that may change.
_TABLES = text(
    """
    SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, t.tgargs AS keep
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = c.relname || '_keep'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname
    """
)
# Those of columns follow their table by themselves.
_SEQUENCES = text(
    """
    SELECT CAST(CAST(c.oid AS regclass) AS text) FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND pg_get_userbyid(c.relowner) <> CAST(:role AS name)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
    """
)
_ROUTINES = text(
    """
    SELECT CAST(CAST(p.oid AS regprocedure) AS text) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) <> CAST(:owner AS name)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """
)
