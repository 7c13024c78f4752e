"""The store: the truth about a site once it is imported. SQLite by default, any SQLAlchemy URL for a city.

Every change is one transaction: it is written, exported as a site folder, checked as a whole by the
loader, and either in force under its new revision or not made at all. Each revision stays on disk as a
read-only snapshot `revisions/<hash>/` in the exchange format, so that other processes read it with
`load_site` and never see a half-made change.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from counter_map.errors import ChangeRefused, SiteErrors, StoreBusy, StoreError
from counter_map.locate import SITE_FILE, home
from counter_map.model import Site
from counter_map.site import load_site
from counter_map.store_engine import open_engine
from counter_map.store_phrases import add_phrase, remove_phrase
from counter_map.store_rows import Content, content_of, counter_rows, read_rows, write_rows
from counter_map.store_schema import PLACES, PROCEDURE_COUNTERS, PROCEDURES, REVISIONS, SITES
from counter_map.store_unanswered import add_counts, clear_counts, read_counts
from counter_map.unanswered import Question, Unanswered
from guide_common.geometry import Pose2D, wrap_angle

DIGITS = 16
"""Hex digits of the SHA-256 that names a revision."""
AUTHOR = 64
"""Letters of an author's name that are kept."""
ABANDONED = 3600.0
"""s after which a half-written snapshot has no writer any more."""


@dataclass(frozen=True, slots=True)
class Revision:
    """Tell of one change: its number from 1, the content's hash, when, which kind (import, edit), what, by whom."""

    number: int
    digest: str
    made_at: datetime
    kind: str
    what: str
    author: str = ""


class Store:
    """Hold one site in a database; make it with `Store.open`."""

    def __init__(self, engine: Engine, site: str, snapshots: Path) -> None:
        self._engine, self.site, self.snapshots = engine, site, snapshots
        self._loaded: tuple[str, Site] | None = None

    @classmethod
    def open(cls, location: str | Path | None, site: str, *, wait: float = 5.0) -> Store:
        """Open a store, making or migrating its tables.

        Args:
            location: a folder (the store is `store.db` in it), a file, an SQLAlchemy URL,
                or None for `$GUIDE_HOME/<site>` (without that variable `~/.guide/<site>`).
            site: the site's id.
            wait: s to wait for another writer before StoreBusy.

        Raises:
            StoreError: it cannot be opened, or an older program than its tables tries to.
        """
        url = str(location) if location is not None else str(home() / site)
        url = url.removeprefix("sqlite:///")  # a file like any other: its snapshots lie beside it
        if "://" in url:
            return cls(open_engine(url, wait), site, home() / site / "revisions")
        path = Path(url).expanduser()
        file = path if path.suffix in (".db", ".sqlite") else path / "store.db"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{file.parent}: cannot be made ({error.strerror}); name another folder") from None
        return cls(open_engine(f"sqlite:///{file.absolute()}", wait), site, file.absolute().parent / "revisions")

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def revision(self) -> str | None:
        """Return the revision in force, None before the first import; cheap enough to ask several times a second."""
        with self._reading() as connection:
            return connection.scalar(select(SITES.c.revision).where(SITES.c.name == self.site))

    def current(self) -> tuple[Site, str]:
        """Return the site in force and its revision; raise StoreError before the first import."""
        with self._reading() as connection:
            revision = connection.scalar(select(SITES.c.revision).where(SITES.c.name == self.site))
            if revision is None:
                raise StoreError(f"the store holds no site {self.site} yet; publish its folder with guide map publish")
            if self._loaded is None or self._loaded[0] != revision:
                if not self.snapshot(revision).is_dir():  # the store was changed from another machine
                    revision = self._export(read_rows(connection, self.site))
                self._loaded = (revision, load_site(self.snapshot(revision)))
        return self._loaded[1], revision

    def snapshot(self, revision: str) -> Path:
        """Return the folder of a revision, in the exchange format; read only."""
        return self.snapshots / revision

    def history(self) -> list[Revision]:
        """Return every change, oldest first."""
        columns = (REVISIONS.c[name] for name in ("number", "digest", "made_at", "kind", "what", "author"))
        query = select(*columns).where(REVISIONS.c.site == self.site).order_by(REVISIONS.c.number)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Revision(**{**row, "made_at": _utc(row["made_at"])}) for row in rows]

    def is_edited(self) -> bool:
        """Tell whether staff have changed the site since its folder was last imported."""
        history = self.history()
        return bool(history) and history[-1].kind == "edit"

    def import_site(self, folder: Path | str, author: str = "") -> str:
        """Replace the site by a folder and return the new revision.

        Raises:
            SiteErrors: the folder's mistakes; the store stays as it is.
            ChangeRefused: the folder is of another site.
        """
        site = load_site(folder)
        if site.name != self.site:
            raise ChangeRefused(f"{folder}/{SITE_FILE}: id is {site.name}, and this is the store of {self.site}")
        content = content_of(site)
        with self._writing() as connection:
            write_rows(connection, self.site, content)
            return self._put_in_force(connection, "import", f"import {Path(folder).name}", author)

    def follow_folder(self, folder: Path | str) -> str:
        """Import a folder when the store is empty, or holds an older state of it that nobody has edited.

        Once staff have edited the site the store is the truth, and only `import_site` replaces it.
        """
        revision = self.revision()
        if revision is not None and self.is_edited():
            return revision
        if revision is not None and _digest(content_of(load_site(folder)).exported()) == revision:
            return revision
        return self.import_site(folder)

    def move_place(self, place: str, stand: Pose2D, author: str = "") -> str:
        """Move the pose at which the robot stops for a place (m, rad, map frame) and return the new revision."""

        def edit(connection: Connection) -> None:
            where = (PLACES.c.site == self.site) & (PLACES.c.id == place)
            pose = {"x": round(stand.x, 3), "y": round(stand.y, 3), "yaw": round(wrap_angle(stand.yaw), 5)}
            if connection.execute(update(PLACES).where(where).values(**pose)).rowcount == 0:
                raise ChangeRefused(f"there is no place {place}; guide place list shows them all")

        return self._change(edit, f"move {place} to {stand.x:.2f}, {stand.y:.2f}, {stand.yaw:.2f}", author)

    def set_procedure_counters(self, code: str, counters: list[str], author: str = "") -> str:
        """Set the counters that take a procedure, in the order they are named, and return the new revision."""

        def edit(connection: Connection) -> None:
            where = (PROCEDURES.c.site == self.site) & (PROCEDURES.c.code == code)
            if connection.scalar(select(PROCEDURES.c.code).where(where)) is None:
                raise ChangeRefused(f"there is no procedure {code}; guide ask finds codes by words")
            known = (PLACES.c.site == self.site) & (PLACES.c.kind == "counter")
            there = set(connection.scalars(select(PLACES.c.id).where(known)))
            for counter in counters:
                if counter not in there:
                    raise ChangeRefused(f"there is no counter {counter}; guide place list --kind counter shows them")
            links = PROCEDURE_COUNTERS
            connection.execute(delete(links).where((links.c.site == self.site) & (links.c.code == code)))
            rows = counter_rows(self.site, code, tuple(dict.fromkeys(counters)))
            if rows:
                connection.execute(insert(links), rows)

        return self._change(edit, f"procedure {code} at {', '.join(counters)}", author)

    def teach(self, code: str, phrase: str, language: str, author: str = "") -> str:
        """Add a phrase to a procedure and return the revision, the one in force where it has the phrase already.

        Raises:
            ChangeRefused: it is no phrase, another procedure has it, or it already means something else.
        """

        def edit(connection: Connection) -> None:
            add_phrase(connection, self.site, code, phrase, language)

        return self._change(edit, f"teach {code} in {language}: {phrase}", author)

    def forget(self, code: str, phrase: str, language: str, author: str = "") -> str:
        """Take a phrase away from a procedure and return the new revision."""

        def edit(connection: Connection) -> None:
            remove_phrase(connection, self.site, code, phrase, language)

        return self._change(edit, f"forget {code} in {language}: {phrase}", author)

    def count_unanswered(self, counts: Mapping[Question, int]) -> None:
        """Add to how often masked questions found nothing; no revision comes of it."""
        with self._writing() as connection:
            add_counts(connection, self.site, counts)

    def unanswered(self) -> list[Unanswered]:
        """Return the questions that found nothing, most asked first."""
        with self._reading() as connection:
            return read_counts(connection, self.site)

    def clear_unanswered(self) -> int:
        """Drop the questions that found nothing and return how many there were."""
        with self._writing() as connection:
            return clear_counts(connection, self.site)

    def _change(self, edit: Callable[[Connection], None], what: str, author: str) -> str:
        if self.revision() is None:
            raise StoreError(f"the store holds no site {self.site} yet; publish its folder with guide map publish")
        with self._writing() as connection:
            edit(connection)
            return self._put_in_force(connection, "edit", what, author)

    def _put_in_force(self, connection: Connection, kind: str, what: str, author: str) -> str:
        """Export and check what this transaction has made, and name it the revision in force."""
        digest = self._export(read_rows(connection, self.site))
        mine = SITES.c.name == self.site
        if connection.scalar(select(SITES.c.revision).where(mine)) == digest:
            return digest  # nothing has changed
        number = connection.scalar(select(func.max(REVISIONS.c.number)).where(REVISIONS.c.site == self.site)) or 0
        row = {"site": self.site, "number": number + 1, "digest": digest, "kind": kind, "what": what}
        signed = row | {"made_at": datetime.now(UTC), "author": author[:AUTHOR]}
        connection.execute(insert(REVISIONS).values(signed))
        connection.execute(update(SITES).where(mine).values(revision=digest))
        return digest

    def _export(self, content: Content) -> str:
        """Write and check the snapshot of a content, and return its hash; raise ChangeRefused when it has mistakes."""
        files = content.exported()
        digest = _digest(files)
        target = self.snapshot(digest)
        if target.is_dir():
            return digest
        self.snapshots.mkdir(parents=True, exist_ok=True)
        self._sweep()
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=self.snapshots))
        try:
            fresh.chmod(0o755)
            for name, data in files.items():
                self._write(fresh / name, data)
            try:
                load_site(fresh)
            except SiteErrors as errors:
                raise ChangeRefused(_without_files(errors.mistakes, fresh)) from None
            try:
                fresh.rename(target)
            except OSError:
                if not target.is_dir():  # otherwise another process has just made the same one
                    raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return digest

    def _sweep(self) -> None:
        """Remove what a writer that was killed has left half written."""
        for left in self.snapshots.glob(".new-*"):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left, ignore_errors=True)

    def _write(self, file: Path, data: bytes) -> None:
        """Write a file of a snapshot; the images, alike in most revisions, share their bytes on disk."""
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix not in (".png", ".pgm"):
            file.write_bytes(data)
            return
        shared = self.snapshots / ".images" / (hashlib.sha256(data).hexdigest() + file.suffix)
        if not shared.is_file():
            shared.parent.mkdir(exist_ok=True)
            handle, fresh = tempfile.mkstemp(dir=shared.parent)
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            Path(fresh).chmod(0o444)
            Path(fresh).replace(shared)
        try:
            os.link(shared, file)
        except OSError:  # a file system without hard links
            shutil.copyfile(shared, file)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(f"the store cannot be read ({error.orig}); try again, or name another") from None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Give a transaction that no other writer can be in at the same time; undone on any error."""
        try:
            with self._engine.connect().execution_options(writing=True) as connection, connection.begin():
                if self._engine.dialect.name == "sqlite":
                    known = connection.scalar(select(SITES.c.name).where(SITES.c.name == self.site))
                else:
                    locked = select(SITES.c.name).where(SITES.c.name == self.site).with_for_update()
                    known = connection.scalar(locked)
                if known is None:
                    connection.execute(insert(SITES).values(name=self.site, revision=""))
                yield connection
        except (OperationalError, IntegrityError) as error:
            if re.search(r"lock|busy|unique|duplicate", str(error.orig), re.IGNORECASE):
                raise StoreBusy("somebody else is changing the site now; nothing was changed, try again") from None
            raise StoreError(f"the store cannot be written ({error.orig}); nothing was changed") from None
        except DBAPIError as error:
            raise StoreError(f"the store cannot be written ({error.orig}); nothing was changed") from None


def _digest(files: dict[str, bytes]) -> str:
    """Hash the names and contents of files, whatever their order."""
    total = hashlib.sha256()
    for name, data in sorted(files.items()):
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()[:DIGITS]


def _utc(moment: datetime) -> datetime:
    """Give a moment the zone that SQLite drops."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _without_files(mistakes: list[str], folder: Path) -> str:
    """Word the mistakes of a change, in which the lines of a temporary file mean nothing to anyone."""
    place = re.compile(re.escape(str(folder)) + r"/[^:]*:\d+: ")
    return "\n".join(place.sub("", mistake) for mistake in mistakes)
