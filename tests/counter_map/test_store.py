"""The store keeps every change whole, checked and named; nobody's change is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from counter_map.errors import ChangeRefused, SiteErrors, StoreBusy, StoreError
from counter_map.exchange import places_text, procedures_text
from counter_map.site import load_site
from counter_map.store import Store
from counter_map.store_schema import METADATA
from guide_common.geometry import Pose2D
from tests.counter_map.small_site import features, make_site, write_places, zone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_site(tmp_path / "tiny")


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Store:
    store = Store.open(tmp_path / "store", "tiny")
    store.import_site(folder)
    return store


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestImport:
    def test_an_empty_store_says_what_to_do(self, tmp_path: Path) -> None:
        store = Store.open(tmp_path, "tiny")
        assert store.revision() is None
        with pytest.raises(StoreError, match="guide map publish"):
            store.current()
        with pytest.raises(StoreError, match="guide map publish"):
            store.move_place("Q1", Pose2D(3.0, 5.0))

    def test_what_comes_out_is_what_went_in(self, store: Store, folder: Path) -> None:
        site, revision = store.current()
        before = load_site(folder)
        assert places_text(site.places.values(), site.zones) == places_text(before.places.values(), before.zones)
        assert procedures_text(site.procedures.values()) == procedures_text(before.procedures.values())
        assert site.settings == before.settings
        assert site.folder == store.snapshot(revision)

    def test_a_lane_keeps_its_direction(self, tmp_path: Path, folder: Path) -> None:
        write_places(folder, [*features(), zone("out", "one_way", 2.0, 3.0, 8.0, 4.0, direction=-1.5)])
        store = Store.open(tmp_path / "lanes", "tiny")
        store.import_site(folder)
        kept, exported = store.current()[0], load_site(store.current()[0].folder)
        assert [lane.direction for site in (kept, exported) for lane in site.zones_of("one_way")] == [-1.5, -1.5]

    def test_a_revision_is_named_by_its_content_alone(self, store: Store, tmp_path: Path) -> None:
        other = Store.open(tmp_path / "other", "tiny")
        assert other.import_site(store.current()[0].folder) == store.revision()
        assert store.import_site(tmp_path / "tiny") == store.revision()
        assert len(store.history()) == 1

    def test_a_folder_with_mistakes_changes_nothing(self, store: Store, folder: Path) -> None:
        before = store.revision()
        (folder / "floor_1.png").write_bytes(b"")
        with pytest.raises(SiteErrors):
            store.import_site(folder)
        assert store.revision() == before
        assert store.current()[0].places

    def test_another_sites_folder_is_refused(self, tmp_path: Path, folder: Path) -> None:
        with pytest.raises(ChangeRefused, match="id is tiny"):
            Store.open(tmp_path / "s", "huge").import_site(folder)

    def test_an_unedited_store_follows_the_folder_an_edited_one_does_not(self, store: Store, folder: Path) -> None:
        moved = features()
        moved[0]["geometry"]["coordinates"] = [3.5, 6.0]
        write_places(folder, moved)
        followed = store.follow_folder(folder)
        assert store.current()[0].places["Q1"].stand.x == 3.5
        assert store.follow_folder(folder) == followed
        edited = store.move_place("Q1", Pose2D(4.0, 6.0, 1.0))
        assert store.follow_folder(folder) == edited
        assert store.import_site(folder) == followed


class TestChanges:
    def test_a_moved_place_is_in_force_and_in_the_history(self, store: Store) -> None:
        first = store.revision()
        second = store.move_place("Q1", Pose2D(2.5, 5.5, 1.5))
        assert second != first
        assert store.current()[0].places["Q1"].stand == Pose2D(2.5, 5.5, 1.5)
        history = store.history()
        assert [(each.number, each.digest, each.kind) for each in history] == [
            (1, first, "import"),
            (2, second, "edit"),
        ]
        assert "Q1" in history[1].what
        assert history[1].made_at.tzinfo is not None
        assert store.move_place("Q1", Pose2D(2.5, 5.5, 1.5)) == second
        assert len(store.history()) == 2

    def test_counters_of_a_procedure_keep_their_order(self, store: Store) -> None:
        store.set_procedure_counters("1.000001", ["Q2", "Q1", "Q2"])
        assert store.current()[0].procedures["1.000001"].counters == ("Q2", "Q1")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda s: s.move_place("Q1", Pose2D(0.1, 5.0)), "Q1: its stand pose (0.1, 5) is in a wall"),
            (lambda s: s.move_place("Q1", Pose2D(50.0, 5.0)), "Q1: its stand pose (50, 5) is outside the map"),
            (lambda s: s.move_place("Q1", Pose2D(9.0, 7.0)), "Q1: a robot cannot drive there from post_1"),
            (lambda s: s.move_place("Q9", Pose2D(5.0, 5.0)), "there is no place Q9"),
            (lambda s: s.set_procedure_counters("9", ["Q1"]), "there is no procedure 9"),
            (lambda s: s.set_procedure_counters("1.000001", ["wc_1"]), "there is no counter wc_1"),
            (lambda s: s.set_procedure_counters("1.000001", []), "1.000001: it is active and has no counter"),
        ],
    )
    def test_a_change_that_breaks_the_site_is_refused_whole(
        self, store: Store, change: Callable[[Store], str], why: str
    ) -> None:
        before, snapshots = store.revision(), sorted(path.name for path in store.snapshots.iterdir())
        with pytest.raises(ChangeRefused) as caught:
            change(store)
        assert str(caught.value).startswith(why)
        assert "\n" not in str(caught.value)
        assert str(store.snapshots) not in str(caught.value)
        assert store.revision() == before
        assert len(store.history()) == 1
        assert sorted(path.name for path in store.snapshots.iterdir()) == snapshots

    def test_every_revision_stays_on_disk_as_a_site_folder(self, store: Store) -> None:
        first = store.revision()
        assert first is not None
        before = files(store.snapshot(first))
        second = store.move_place("Q1", Pose2D(2.5, 5.5, 1.5))
        assert files(store.snapshot(first)) == before
        assert load_site(store.snapshot(second)).places["Q1"].stand.x == 2.5
        images = [store.snapshot(each) / "floor_1.png" for each in (first, second)]
        assert images[0].samefile(images[1])

    def test_a_lost_snapshot_is_written_again_from_the_database(self, store: Store, tmp_path: Path) -> None:
        revision = store.move_place("Q1", Pose2D(2.5, 5.5, 1.5))
        store.snapshot(revision).rename(tmp_path / "gone")
        site, again = Store.open(tmp_path / "store", "tiny").current()
        assert again == revision
        assert site.places["Q1"].stand.x == 2.5


class TestTogether:
    def test_two_writers_at_once_lose_nothing(self, store: Store, tmp_path: Path) -> None:
        """Each moves its own place many times through its own connection, as two people would."""
        failures: list[Exception] = []

        def work(place: str, x: float) -> None:
            mine = Store.open(tmp_path / "store", "tiny", wait=60.0)
            try:
                for step in range(8):
                    mine.move_place(place, Pose2D(x + step * 0.1, 5.0, 0.0))
            except Exception as error:  # handed to the test's own thread
                failures.append(error)
            finally:
                mine.close()

        threads = [threading.Thread(target=work, args=each) for each in (("Q1", 2.0), ("Q2", 6.0))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        places = store.current()[0].places
        assert (places["Q1"].stand.x, places["Q2"].stand.x) == (2.7, 6.7)
        assert [each.number for each in store.history()] == list(range(1, 18))

    def test_a_writer_that_cannot_wait_is_told_so_and_readers_go_on(self, store: Store, tmp_path: Path) -> None:
        before = store.revision()
        other = sqlite3.connect(tmp_path / "store" / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        hasty = Store.open(tmp_path / "store", "tiny", wait=0.05)
        with pytest.raises(StoreBusy, match="nothing was changed, try again"):
            hasty.move_place("Q1", Pose2D(2.5, 5.5, 1.5))
        assert hasty.revision() == before
        assert hasty.current()[1] == before
        other.execute("ROLLBACK")
        other.close()
        assert hasty.move_place("Q1", Pose2D(2.5, 5.5, 1.5)) == store.revision()


class TestDatabase:
    def test_the_migrations_make_exactly_the_tables_of_the_schema(self, store: Store) -> None:
        with store._engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), METADATA) == []

    def test_a_store_of_an_older_program_is_brought_up_to_date_with_all_that_is_in_it(
        self, store: Store, tmp_path: Path
    ) -> None:
        before = store.current()[0]
        store.close()
        with sqlite3.connect(tmp_path / "store" / "store.db") as connection:
            connection.execute("ALTER TABLE zones DROP COLUMN direction")
            connection.execute("ALTER TABLE revisions DROP COLUMN author")
            connection.execute("DROP TABLE unanswered")
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        after = Store.open(tmp_path / "store", "tiny").current()[0]
        assert places_text(after.places.values(), after.zones) == places_text(before.places.values(), before.zones)

    def test_a_file_that_is_no_database_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_text("hello, this is not a database at all" * 50)
        with pytest.raises(StoreError, match="cannot be opened as a store"):
            Store.open(tmp_path, "tiny")

    def test_a_store_of_a_newer_program_is_left_alone(self, store: Store, tmp_path: Path) -> None:
        store.close()
        with sqlite3.connect(tmp_path / "store" / "store.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StoreError, match="newer version"):
            Store.open(tmp_path / "store", "tiny")

    def test_an_unknown_url_hides_the_password(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError) as caught:
            Store.open("nosuchdb://staff:secret@host/db", "tiny")
        assert "secret" not in str(caught.value)

    def test_two_sites_share_one_database(self, tmp_path: Path, folder: Path) -> None:
        url = f"sqlite:///{tmp_path / 'city.db'}"
        tiny = Store.open(url, "tiny")
        tiny.import_site(folder)
        second = make_site(tmp_path / "second")
        text = (second / "site.yaml").read_text(encoding="utf-8")
        (second / "site.yaml").write_text(text.replace("id: tiny", "id: second"), encoding="utf-8")
        other = Store.open(url, "second")
        other.import_site(second)
        other.move_place("Q1", Pose2D(2.5, 5.5, 1.5))
        assert tiny.current()[0].places["Q1"].stand.x == 3.0
        assert other.current()[0].places["Q1"].stand.x == 2.5
        assert tiny.snapshots == tmp_path / "revisions"
