"""Which rows of a table a transaction may see and write: row level security, as migrations put it on.

Every table with data of parties has it, with FORCE, so that it holds for the owner too, and these policies:

- ``eigen``: the service sees and writes what is of the parties that the transaction speaks for (``shared.namens``);
- ``intern``: work of the service itself that spans parties, in the role ``<service>_intern``;
- ``eigenaar``: migrations, and trigger functions that write totals. The owner cannot log in.

Anyone else who is given rights on a table sees no rows of it. Conditions are SQL on the columns of the table.
"""

from collections.abc import Callable

PARTIJEN = "(SELECT string_to_array(current_setting('knooppunt.partijen', true), ','))::text[]"
"""The parties of the transaction, each by name and by code. As a subquery, so that it is worked out once per statement
and an index on the column may serve; of a transaction that says nothing it is empty."""
SPREEKT = "coalesce(current_setting('knooppunt.partijen', true), '') <> ''"
"""Whether the transaction speaks for anybody."""
NIETS = "false"
INVOER_TRIGGER = "alleen_eigen"
Run = Callable[[str], object]


def is_een_van(kolom: str) -> str:
    """Whether the party in a column is one of those that the transaction speaks for."""
    return f"{kolom} = ANY ({PARTIJEN})"


def een_van(*kolommen: str) -> str:
    """Whether any of these columns is."""
    return f"({' OR '.join(map(is_een_van, kolommen))})"


def elk_van(*kolommen: str) -> str:
    """Whether each of these columns is: of what is written while a message is judged, which speaks for both."""
    return f"({' AND '.join(map(is_een_van, kolommen))})"


def hoort_bij(service: str, tabel: str, kolom: str, andere: str, sleutel: str, *, waar: str = "true") -> str:
    """Whether the row of ``andere`` that ``kolom`` names by its ``sleutel`` may be seen: for tables without a party of
    their own. It is looked up with the rights of who asks, so the policies of that table count."""
    own = f"{service}.{tabel}.{kolom}"
    return f"EXISTS (SELECT FROM {service}.{andere} AS bij WHERE bij.{sleutel} = {own} AND {waar})"


def protect(run: Run, service: str, tabel: str, zien: str, schrijven: str | None = None) -> None:
    """Puts row level security on a table: ``zien`` tells which rows the service sees, and ``schrijven`` which it may
    leave behind, if that is less."""
    own = f"{service}.{tabel}"
    run(f"ALTER TABLE {own} ENABLE ROW LEVEL SECURITY")
    run(f"ALTER TABLE {own} FORCE ROW LEVEL SECURITY")
    run(f"CREATE POLICY eigen ON {own} TO {service}_dienst USING ({zien}) WITH CHECK ({schrijven or zien})")
    _open_to_own_work(run, service, own)


def protect_writable(run: Run, service: str, tabel: str, schrijven: str, zien: str = NIETS) -> None:
    """The same for a table to which who may not see a row may add it: the outbox, the audit trail."""
    own = f"{service}.{tabel}"
    run(f"ALTER TABLE {own} ENABLE ROW LEVEL SECURITY")
    run(f"ALTER TABLE {own} FORCE ROW LEVEL SECURITY")
    run(f"CREATE POLICY eigen ON {own} FOR SELECT TO {service}_dienst USING ({zien})")
    run(f"CREATE POLICY erbij ON {own} FOR INSERT TO {service}_dienst WITH CHECK ({schrijven})")
    _open_to_own_work(run, service, own)


def check_copied(run: Run, service: str, tabel: str, vreemd: str) -> None:
    """Lets lines be added to a table by COPY, by the role to which row level security does not apply
    (``shared.db.copy_rows``): ``vreemd`` is a query on the new lines (``nieuw``) that finds those that are not of the
    parties of the transaction, for which all is refused."""
    function = f"{service}.{INVOER_TRIGGER}_{tabel}"
    run(f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = {service}, pg_temp AS $$
        BEGIN
          IF EXISTS ({vreemd}) THEN
            RAISE EXCEPTION 'lines of another party' USING ERRCODE = 'insufficient_privilege';
          END IF;
          RETURN NULL;
        END $$
    """)
    run(
        f"CREATE TRIGGER {INVOER_TRIGGER} AFTER INSERT ON {service}.{tabel} REFERENCING NEW TABLE AS nieuw "
        f"FOR EACH STATEMENT WHEN (current_user = '{service}_invoer') EXECUTE FUNCTION {function}()"
    )


def uncheck_copied(run: Run, service: str, tabel: str) -> None:
    """Undoes that."""
    run(f"DROP TRIGGER {INVOER_TRIGGER} ON {service}.{tabel}")
    run(f"DROP FUNCTION {service}.{INVOER_TRIGGER}_{tabel}()")


def unprotect(run: Run, service: str, tabel: str) -> None:
    """Undoes either."""
    own = f"{service}.{tabel}"
    for policy in ("eigen", "erbij", "intern", "eigenaar"):
        run(f"DROP POLICY IF EXISTS {policy} ON {own}")
    run(f"ALTER TABLE {own} NO FORCE ROW LEVEL SECURITY")
    run(f"ALTER TABLE {own} DISABLE ROW LEVEL SECURITY")


def protect_exchange(run: Run, service: str) -> None:
    """The tables that every service has: messages, mailbox, audit, terms, and the events that are to leave."""
    both = "partij_van", "partij_naar"
    protect(run, service, "bericht", een_van(*both), elk_van(*both))
    protect(run, service, "postbus", is_een_van("partij"))
    protect(run, service, "termijn", een_van("gemeente", "aanbieder"))
    # His own doings, and what concerns the clients of a gemeente; operations counts them all, without clients.
    about = f"({een_van('partij', 'gemeente')} OR betreft && {PARTIJEN} OR 'beheer' = ANY ({PARTIJEN}))"
    protect_writable(run, service, "audit", SPREEKT, about)
    protect_writable(run, service, "audit_zegel", NIETS)
    protect_writable(run, service, "outbox", SPREEKT)


EXCHANGE = ("bericht", "postbus", "termijn", "audit", "audit_zegel", "outbox")


def _open_to_own_work(run: Run, service: str, own: str) -> None:
    for policy, role in (("intern", "intern"), ("eigenaar", "eigenaar")):
        run(f"CREATE POLICY {policy} ON {own} TO {service}_{role} USING (true) WITH CHECK (true)")
