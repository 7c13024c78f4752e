"""Open the database of a store: connection settings, and the migrations that bring its tables up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from counter_map.errors import StoreBusy, StoreError
from counter_map.store_schema import HEAD

MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str, wait: float) -> Engine:
    """Connect to a database and bring its tables up to date; raise StoreError when that cannot be done."""
    try:
        engine = create_engine(url, connect_args=_arguments(url, wait))
        if engine.dialect.name == "sqlite":
            _behave_like_a_server(engine)
        with engine.connect() as connection:
            up_to_date = _is_up_to_date(connection)
        if not up_to_date:
            with engine.connect().execution_options(writing=True) as connection, connection.begin():
                _migrate(connection)
        return engine
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(f"{_safe(url)}: not a database URL this machine can open ({error})") from None
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", error)
        if "locked" in str(reason):
            raise StoreBusy(f"{_safe(url)}: somebody else is writing; try again") from None
        raise StoreError(f"{_safe(url)}: cannot be opened as a store ({reason}); name another one") from None


def _arguments(url: str, wait: float) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"timeout": wait}
    if url.startswith("postgresql"):
        return {"options": f"-c lock_timeout={int(wait * 1000)}"}
    return {}


def _behave_like_a_server(engine: Engine) -> None:
    """Make SQLite keep foreign keys, read while another writes, and take the write lock when a change begins.

    Python's sqlite3 would begin transactions late, so two writers could read the same state and the second
    would overwrite the first: SQLAlchemy's documented remedy is to begin them here.
    """

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _is_up_to_date(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD)


def _migrate(connection: Connection) -> None:
    # Alembic takes half a second to import and is needed once in the life of a store.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"the store was made by a newer version of this program ({error}); update it") from None


def _safe(url: str) -> str:
    """Hide a password."""
    head, at, tail = url.rpartition("@")
    return f"{head.split('://')[0]}://…{at}{tail}" if at else url
