from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import NotConfigured, ProtocolViolation, UserFacingError
from mcphost.domain.ids import Digest
from mcphost.domain.template import ReviewState
from mcphost.storage.blobs import BlobStore
from mcphost.templates.store import TemplateStore
from tests.helpers.template_house import URI, TemplateHouse, fixture, server

T = TypeVar("T")


def test_a_new_template_waits_for_review_and_does_not_render(house: TemplateHouse) -> None:
    review = house.record()
    assert review.state is ReviewState.PENDING
    assert house.store.pending() == [review]
    with pytest.raises(UserFacingError, match="has not been reviewed yet"):
        asyncio.run(house.store.require_approved(server().identity, URI))
    assert house.audit.kinds() == [AuditKind.TEMPLATE_FETCHED, AuditKind.TEMPLATE_REFUSED]


@pytest.mark.requirement("APPS-02")
def test_an_approved_template_renders_byte_for_byte(house: TemplateHouse) -> None:
    house.judge(house.record())
    source = asyncio.run(house.store.require_approved(server().identity, URI))
    assert source.html == fixture("text.valid")["contents"][0]["text"].encode()
    assert house.store.pending() == []
    assert house.audit.rows[-1].principal == "user:local"


def test_a_base64_template_has_the_same_pin_as_the_text(house: TemplateHouse) -> None:
    assert house.record("blob.valid").pin == house.record("text.valid").pin


@pytest.mark.parametrize("kind", ["text", "blob", "meta"])
def test_an_invalid_template_is_refused_on_arrival(house: TemplateHouse, kind: str) -> None:
    with pytest.raises(ProtocolViolation):
        house.record(f"{kind}.invalid")
    assert house.store.all() == []
    assert house.audit.rows == []


@pytest.mark.requirement("APPS-45", "APPS-T10")
@pytest.mark.parametrize("kind", ["text", "blob", "meta"])
def test_a_changed_template_must_be_reviewed_again(house: TemplateHouse, kind: str) -> None:
    approved = house.judge(house.record(f"{kind}.valid"))
    changed = house.record(f"{kind}.tampered")
    assert changed.state is ReviewState.PENDING
    assert changed.supersedes == approved.pin.content
    with pytest.raises(UserFacingError, match="changed since it was approved"):
        asyncio.run(house.store.require_approved(server().identity, URI))
    states = [review.state for review in house.store.all()]
    assert states == [ReviewState.PENDING, ReviewState.APPROVED]


def test_a_template_that_changes_back_renders_again(house: TemplateHouse) -> None:
    approved = house.judge(house.record("text.valid"))
    house.record("text.tampered")
    house.record("text.valid")
    assert (
        asyncio.run(house.store.require_approved(server().identity, URI)).review.pin == approved.pin
    )


def test_a_rejected_pin_stays_rejected(house: TemplateHouse) -> None:
    house.judge(house.record(), approve=False)
    assert house.record().state is ReviewState.REJECTED
    with pytest.raises(UserFacingError, match="was rejected by user:local"):
        asyncio.run(house.store.require_approved(server().identity, URI))


def test_an_approval_for_one_server_is_none_for_another(house: TemplateHouse) -> None:
    first = house.judge(house.record(key="one"))
    second = house.record(key="two")
    assert second.pin.content == first.pin.content
    assert second.state is ReviewState.PENDING
    with pytest.raises(UserFacingError):
        asyncio.run(house.store.require_approved(server("two").identity, URI))


@pytest.mark.requirement("APPS-45")
def test_a_flipped_byte_on_disk_is_refused_with_a_row(house: TemplateHouse) -> None:
    review = house.judge(house.record())
    path = house.blob_path(review)
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(UserFacingError, match="was altered"):
        asyncio.run(house.store.require_approved(server().identity, URI))
    assert house.audit.rows[-1].kind is AuditKind.TEMPLATE_REFUSED
    assert asyncio.run(house.store.verify()) == [review.pin]


def test_a_missing_file_is_refused_and_fetching_again_mends_it(house: TemplateHouse) -> None:
    review = house.judge(house.record())
    house.blob_path(review).unlink()
    with pytest.raises(UserFacingError, match="Connect its server again"):
        asyncio.run(house.store.source(review.pin))
    house.record()
    assert asyncio.run(house.store.verify()) == []


def test_altered_bytes_cannot_be_approved(house: TemplateHouse) -> None:
    review = house.record()
    house.blob_path(review).write_bytes(b"<p>other</p>")
    with pytest.raises(UserFacingError, match="was altered"):
        house.judge(review)
    assert house.store.pending() == [review]


@pytest.mark.parametrize(
    ("column", "value"),
    [("untrusted_meta", '{"csp":{"connectDomains":["https://evil.example.com"]}}')],
)
def test_altered_metadata_is_refused(house: TemplateHouse, column: str, value: str) -> None:
    house.judge(house.record("meta.valid"))
    house.state.database.execute(f"UPDATE template_review SET {column} = ?", (value,))
    with pytest.raises(UserFacingError, match="metadata was altered"):
        asyncio.run(house.store.require_approved(server().identity, URI))


def test_what_is_declared_is_read_from_the_pinned_metadata(house: TemplateHouse) -> None:
    house.judge(house.record("meta.valid"))
    house.state.database.execute(
        "UPDATE template_review SET declared = ?", ('{"connect_domains":["https://evil.org"]}',)
    )
    declared = asyncio.run(house.store.require_approved(server().identity, URI)).review.declared
    assert declared.connect_domains == ("https://api.example.com",)


def test_reviews_survive_a_restart(house: TemplateHouse) -> None:
    review = house.judge(house.record("meta.valid"))
    house.state.close()
    again = TemplateHouse(house.folder)
    assert again.store.find(server().identity, URI) == review
    again.state.close()


def test_a_verdict_on_an_unknown_pin_is_refused(house: TemplateHouse) -> None:
    review = house.record()
    house.state.database.execute("DELETE FROM template_review")
    with pytest.raises(NotConfigured):
        house.judge(review)


def test_a_row_that_cannot_be_written_stops_the_verdict(house: TemplateHouse) -> None:
    review = house.record()

    async def fail(_record: Any) -> Any:
        raise OSError("disk full")

    house.audit.append = fail
    with pytest.raises(OSError, match="disk full"):
        house.judge(review)
    found = house.store.find(server().identity, URI)
    assert found is not None
    assert found.state is ReviewState.PENDING


class SlowBlobs(BlobStore):
    """Says on which thread it works, and lets *meanwhile* happen while it reads."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.threads: set[str] = set()
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def put(self, data: bytes) -> Digest:
        self.threads.add(threading.current_thread().name)
        return super().put(data)

    def get(self, name: Digest) -> bytes:
        self.threads.add(threading.current_thread().name)
        self.reading.set()
        assert self.go_on.wait(30)
        return super().get(name)


@pytest.fixture
def slow(house: TemplateHouse) -> SlowBlobs:
    blobs = SlowBlobs(house.folder / "blobs")
    house.store = TemplateStore(house.state.database, blobs, house.audit, clock=lambda: 1.0)
    return blobs


async def while_it_reads(
    slow: SlowBlobs,
    work: Coroutine[Any, Any, T],
    meanwhile: Coroutine[Any, Any, object],
    *,
    seconds: float | None = None,
) -> T:
    """See *work* through; *meanwhile* has *seconds* to end while it reads its bytes."""
    slow.reading.clear()
    slow.go_on.clear()
    task = asyncio.create_task(work)
    await asyncio.to_thread(slow.reading.wait, 30)
    other = asyncio.create_task(meanwhile)
    await asyncio.wait({other}, timeout=seconds)
    slow.go_on.set()
    await other
    return await task


def test_bytes_are_hashed_and_written_off_the_loop(house: TemplateHouse, slow: SlowBlobs) -> None:
    review = house.judge(house.record())
    asyncio.run(house.store.require_approved(server().identity, URI))
    asyncio.run(house.store.source(review.pin))
    asyncio.run(house.store.verify())
    assert threading.current_thread().name not in slow.threads


def test_p5_what_is_rejected_while_its_bytes_are_read_does_not_render(
    house: TemplateHouse, slow: SlowBlobs
) -> None:
    pin = house.judge(house.record()).pin
    reject = house.store.review(pin, approve=False, reviewer="user:local")
    opening = house.store.require_approved(server().identity, URI)
    with pytest.raises(UserFacingError, match="was rejected"):
        asyncio.run(while_it_reads(slow, opening, reject))


def test_p5_what_is_superseded_while_its_bytes_are_read_does_not_render(
    house: TemplateHouse, slow: SlowBlobs
) -> None:
    house.judge(house.record())
    newer = house.store.record(server(), URI, fixture("text.tampered"), None)
    opening = house.store.require_approved(server().identity, URI)
    with pytest.raises(UserFacingError, match="changed since it was approved"):
        asyncio.run(while_it_reads(slow, opening, newer))


def test_p5_another_approved_version_fetched_while_bytes_are_read_is_not_confused_with_them(
    house: TemplateHouse, slow: SlowBlobs
) -> None:
    older = house.judge(house.record("text.tampered")).pin
    house.judge(house.record())

    async def fetched_again() -> None:
        sql = "UPDATE template_review SET rowid = 99 WHERE content = ?"
        house.state.database.execute(sql, (older.content,))

    opening = house.store.require_approved(server().identity, URI)
    with pytest.raises(UserFacingError, match="changed just now"):
        asyncio.run(while_it_reads(slow, opening, fetched_again()))


def test_a_rejection_given_while_an_approval_reads_its_bytes_is_the_last_word(
    house: TemplateHouse, slow: SlowBlobs
) -> None:
    pin = house.record().pin
    approve = house.store.review(pin, approve=True, reviewer="user:local")
    reject = house.store.review(pin, approve=False, reviewer="user:local")
    asyncio.run(while_it_reads(slow, approve, reject, seconds=0.05))
    found = house.store.find(server().identity, URI)
    assert found is not None
    assert found.state is ReviewState.REJECTED
    verdicts = [r for r in house.audit.rows if r.kind is AuditKind.TEMPLATE_REVIEWED]
    assert [row.data["state"] for row in verdicts] == ["approved", "rejected"]
