"""The loop that joins session, reflectors, store and clock into one live picture."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stsview.clock import Clock, SystemClock
from stsview.cluster.config import ClusterConfig
from stsview.cluster.errors import ClusterError
from stsview.cluster.http.connection_pool import load_transport
from stsview.cluster.http.session import Session, SessionSettings
from stsview.cluster.http.write_gate import WriteGate
from stsview.cluster.watch.reflector import ReflectorSettings
from stsview.live.coverage import stream_coverage
from stsview.live.errors import CannotStart
from stsview.live.heartbeat import Heartbeat
from stsview.live.logs.log_tails import LogTailReader
from stsview.live.named.named_reads import NamedReads
from stsview.live.picture_health import lists_advance, picture_health, steady_offset
from stsview.live.scoped_streams import ScopedStreams, StreamCallbacks
from stsview.live.session_reads import SessionObjectReader
from stsview.live.set_detail import SetDetailReader
from stsview.live.snapshot import CURRENT, Link, Listener, NamespaceList, PictureHealth, Scope, Snapshot
from stsview.live.suspend_log import CHECK_SECONDS, SuspendLog
from stsview.live.target import Target, scope_of
from stsview.live.usage.usage_reader import UsageReader
from stsview.live.waiting import wait_for_work
from stsview.model.cache.coverage import KindCoverage
from stsview.model.settings import ModelSettings
from stsview.model.views import Fleet, Severity
from stsview.objects.kinds import LEASES, STATEFULSETS, Kind
from stsview.objects.log_messages import ContainerRun
from stsview.objects.meta import Key
from stsview.objects.stream_messages import Batch, StreamHealth
from stsview.triage.on_first_use import examine, load_rules

if TYPE_CHECKING:
    from stsview.live.recording.recorder import Recorder
    from stsview.model.nodes.members import NodeSource
    from stsview.model.rollout.detail import SetDetail
    from stsview.model.store import Store
    from stsview.model.usage.usage_history import MeasuredUsage

_log = logging.getLogger(__name__)

SLICE_SECONDS = 0.003
"""How long views are derived at most before the event loop does something else."""

_TURNS = 16
"""Turns of the event loop between two slices at most: a key needs about a dozen from the terminal to the screen."""

_QUIET_SECONDS = 0.000025
"""A turn that is shorter ran nothing else: an empty one takes 5 microseconds, one with a message 70 and more."""

_WAY_SECONDS = 0.01
"""How long nothing is derived or listed after a key: so long its frame may take at most."""

FLUSH_SECONDS = 0.1
"""Snapshots are published at most this often: ten times a second looks live, however many changes there are."""


LOADING_SECONDS = 0.5
"""The same while a large cluster is loaded: most rows of the fleet move with each, and each frame delays the end."""


def _load_model() -> None:
    """Import what derives the sets, which the first frame does not wait for."""
    import stsview.model.store  # noqa: F401

    load_rules()


class Live(SessionObjectReader):
    """A live picture of one cluster; the real `stsview.live.snapshot.Source`.

    Everything happens in the event loop of `run`; listeners are called there with an immutable snapshot, at most every
    0.1 s, and only when something in it changed.
    """

    def __init__(
        self,
        target: Target,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        settings: ModelSettings | None = None,
        session_settings: SessionSettings | None = None,
        reflector_settings: ReflectorSettings | None = None,
        keep_trying: bool = False,
        shows_loading: bool = True,
        background_usage: bool = False,
        recorder: Recorder | None = None,
    ) -> None:
        """`keep_trying`: a cluster that does not answer at first is tried again, as one that is lost later is.

        Without `shows_loading`, no view is derived before the lists are read, which is for one who waits for them.

        `background_usage`: measure the volumes of a small cluster now and then, also while none is watched.

        A `recorder` records everything from the beginning; see also `record`.
        """
        self._target = target
        self._keep_trying = keep_trying
        self._shows_loading = shows_loading
        self._clock = clock or SystemClock()
        self._rng = rng or random.Random()  # noqa: S311 - it spreads reconnects
        self._settings = settings or ModelSettings()
        self._session_settings = session_settings
        self._reflector_settings = reflector_settings
        self._scope = target.scope
        self._current_store: Store | None = None
        self._session: Session | None = None
        self._streams: ScopedStreams | None = None
        self._work = asyncio.Event()
        self._heartbeat = Heartbeat(self._clock, self._work.set)
        self._suspends = SuspendLog(self._clock)
        self._resumed = asyncio.Event()
        self._fault: Exception | None = None
        self._derived: asyncio.Future[None] | None = None
        """Waits until all views are derived."""
        self._switching = asyncio.Lock()
        self._named_reads = NamedReads(self._clock, self._apply, self._cover_leases)
        self._set_detail = SetDetailReader(self._clock, self._rng, self._work.set, reflector_settings)
        self._log_tails = LogTailReader(self._clock, self._work.set)
        self._usage = UsageReader(
            self._clock, self._measured, self._work.set, self._settings.usage, background=background_usage
        )
        self._recorder = recorder
        self._listeners: list[Listener] = []
        self._in_sight: Collection[Key] = ()
        self.flushed_at = self._clock.monotonic()
        """When it was last looked at whether the picture has changed, in monotonic seconds. The heartbeat makes that
        happen about every half minute at the latest, whether the server answers or not."""
        self.reconnects: Counter[str] = Counter()
        """How often watches of each resource were opened again, for whatever reason."""
        self._reconnected: dict[tuple[str, str], int] = {}
        """The same of each stream that runs, by resource and namespace."""
        self._way_until = 0.0
        self._unpublished = frozenset[Key]()
        self._published_at = 0.0
        no_sets = Fleet({}, dict.fromkeys(Severity, 0))
        self._snapshot = Snapshot(no_sets, self._scope, PictureHealth(), self._clock.now())

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def _store(self) -> Store:
        if self._current_store is None:
            self._current_store = self._new_store()
        return self._current_store

    def _new_store(self) -> Store:
        from stsview.model.store import Store

        return Store(self._settings.in_context(self._scope.context), examine)

    @property
    def session(self) -> Session | None:
        """The session of the picture, for actions; None while there is none."""
        return self._session

    @property
    def reads_pending(self) -> bool:
        """Whether the latest picture rests on objects that are read by name, and some were not read yet."""
        return self._named_reads.pending

    def part(self, key: Key) -> Live:
        return self

    def now(self) -> datetime:
        return self._session.server_now() if self._session is not None else self._clock.now()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    async def run(self) -> None:
        # In parallel: the transport takes half a second to load, a cluster that is starting takes longer.
        config, _, _ = await asyncio.gather(self._target.config(), load_transport(), asyncio.to_thread(_load_model))
        session = self._create(config) if self._keep_trying else await self._open(config)
        try:
            self._start(session, self._target.scope, answered=not self._keep_trying)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._flush_when_due(), name="flush")
                tasks.create_task(self._heartbeat.run(self._probed_namespace), name="heartbeat")
                tasks.create_task(self._notice_suspends(), name="suspends")
                tasks.create_task(self._set_detail.run(), name="set detail")
                tasks.create_task(self._log_tails.run(), name="log tails")
                tasks.create_task(self._named_reads.run(), name="named reads")
                tasks.create_task(self._usage.run(), name="usage")
        finally:
            # Without a session, only the local time is known.
            ended = self.now()
            await self._stop()
            if self._recorder is not None:
                self._recorder.end(ended)

    def contexts(self) -> Sequence[str]:
        return self._target.contexts()

    async def namespaces(self) -> NamespaceList:
        known = {key.namespace for key in self._snapshot.fleet.sets}.union(self._scope.namespaces)
        if self._session is None:
            return NamespaceList(tuple(sorted(known)), "not connected")
        try:
            return NamespaceList(tuple(await self._session.list_namespaces()))
        except ClusterError as error:
            return NamespaceList(tuple(sorted(known)), str(error))

    async def set_keys(self) -> Sequence[Key]:
        shown = set(self._snapshot.fleet.sets)
        if self._session is None:
            return sorted(shown)
        try:
            return await self._session.list_keys(STATEFULSETS.path())
        except ClusterError:
            return sorted(shown)

    async def select_namespaces(self, namespaces: tuple[str, ...]) -> None:
        async with self._switching:
            session, streams = self._session, self._streams
            if session is None or streams is None:
                return
            requested = replace(streams.requested, namespaces=namespaces, strict=False)
            if namespaces == streams.requested.namespaces:
                streams.request(requested)
                return
            await self._stop_streams()
            self._start(session, requested)

    def retry(self) -> None:
        if self._session is None or self._streams is None:
            return
        self._session.reset_login_backoff()
        self._named_reads.retry()
        self._usage.retry()
        if self._snapshot.health.link is Link.SILENT:
            # Open connections that bring nothing may be half-open.
            self._streams.reconnect()
            self._set_detail.reconnect()
        else:
            self._streams.retry()
            self._set_detail.retry()
        self._heartbeat.beat()

    def open(self, key: Key | None) -> None:
        self._set_detail.open(key)

    def in_sight(self, keys: Collection[Key]) -> None:
        self._in_sight = keys

    def node_source(self) -> NodeSource:
        return self._store

    def give_way(self) -> None:
        self._way_until = time.perf_counter() + _WAY_SECONDS
        if self._session is not None:
            self._session.turns.pause(_WAY_SECONDS)

    def quote_log(self, run: ContainerRun | None) -> None:
        self._log_tails.want(run)

    def watch_usage(self, key: Key | None, *, again: bool = False) -> None:
        self._usage.watch(key, again=again)

    async def measure_usage(self, keys: Collection[Key]) -> dict[Key, str]:
        """Measure these sets once, for their findings; returns why not, or not all of it, by set."""
        failed = await self._usage.measure_once(keys)
        self._derived = asyncio.get_running_loop().create_future()
        self._work.set()
        await self._derived
        return failed

    async def record(self, path: Path | None) -> None:
        # Not at the top: a dashboard that does not record does not need it.
        from stsview.live.recording.recorder import Recorder

        recorder = Recorder(path) if path is not None else None
        former, self._recorder = self._recorder, None
        if former is not None:
            former.end(self.now())
        if recorder is not None:
            await self._begin_recording(recorder)
        self._work.set()

    async def _begin_recording(self, recorder: Recorder) -> None:
        """Record what is held, and from now on what is read."""
        store, began = self._store, self.now()
        recorder.begin(self._scope, began)
        self._recorder = recorder
        for batch in store.contents():
            recorder.apply(batch, began)
            await let_others_run()
            if store is not self._store:
                # Another scope or context was chosen meanwhile: it is recorded from its beginning.
                return
        for (kind, namespace), coverage in store.coverage.items():
            recorder.cover(kind, namespace, coverage, began)
        recorder.flush(self._snapshot.health, began)
        for measured in tuple(store.measured.values()):
            recorder.measure(measured, began)

    def did(self, what: str, by: str) -> None:
        """Note in a recording, if there is one, what is being done to the cluster, and by whom."""
        if self._recorder is not None:
            self._recorder.did(what, by, self.now())

    async def switch_context(self, context: str) -> None:
        async with self._switching:
            config = self._target.other(context)
            session = await self._open(config)
            await self._stop()
            self._start(session, scope_of(config, None, self._target.namespaces(context), self._target.rules(context)))

    def _create(self, config: ClusterConfig) -> Session:
        gate = WriteGate(self._target.rules(config.context).read_only)
        return Session(config, self._clock, self._session_settings, gate)

    async def _open(self, config: ClusterConfig) -> Session:
        """A session whose server has answered a request."""
        await load_transport()
        session = self._create(config)
        try:
            await session.ping()
        except ClusterError as error:
            await session.close()
            raise CannotStart(str(error)) from error
        except BaseException:
            await session.close()
            raise
        return session

    def _start(self, session: Session, scope: Scope, *, answered: bool = True) -> None:
        """Start with an empty picture of `scope`; `answered`: the server has answered a request."""
        former = frozenset(self._snapshot.fleet.sets)
        self._session = session
        self._scope = scope
        _log.info("context %s, %s, %s", scope.context, scope.server, scope.text)
        self._heartbeat.attach(session, answered=answered)
        self._current_store = self._new_store()
        if self._recorder is not None:
            self._recorder.begin(scope, self.now())
        callbacks = StreamCallbacks(self._apply, self._cover, self._uncover, self._work.set, self._fail)
        self._streams = ScopedStreams(session, scope, self._clock, self._rng, callbacks, self._reflector_settings)
        self._streams.start()
        self._set_detail.attach(session, self._store.objects_of)
        self._log_tails.attach(session)
        self._named_reads.attach(session, self._store)
        self._usage.attach(session, self._complete_fleet)
        self._publish(former, self._picture_health()[0])

    async def _stop_streams(self) -> None:
        await self._set_detail.detach()
        await self._log_tails.detach()
        self._named_reads.detach()
        await self._usage.detach()
        if self._streams is not None:
            await self._streams.stop()
            self._streams = None

    async def _stop(self) -> None:
        await self._stop_streams()
        if self._session is not None:
            session, self._session = self._session, None
            self._heartbeat.detach()
            await session.close()

    def _complete_fleet(self) -> Fleet | None:
        """All sets; None while they are being read, or not current."""
        return self._snapshot.fleet if self._snapshot.health.link in CURRENT else None

    def _measured(self, key: Key, measured: MeasuredUsage) -> None:
        if self._recorder is not None:
            self._recorder.measure(measured, self.now())
        with self._failing_on_errors():
            self._store.measure(key, measured)

    def _apply(self, batch: Batch) -> None:
        now = self.now()
        if self._recorder is not None:
            self._recorder.apply(batch, now)
        with self._failing_on_errors():
            self._store.apply(batch, now)

    def _cover(self, health: StreamHealth) -> None:
        if health.synced:
            self._heartbeat.listed()
        stream = (health.kind.resource, health.namespace)
        if (before := self._reconnected.get(stream, 0)) != health.reconnects:
            self._reconnected[stream] = health.reconnects
            self.reconnects[health.kind.resource] += max(0, health.reconnects - before)
        self._cover_kind(health.kind, health.namespace, stream_coverage(health))

    def _uncover(self, kind: Kind, namespace: str) -> None:
        self._reconnected.pop((kind.resource, namespace), None)
        self._cover_kind(kind, namespace, None)

    def _cover_leases(self, coverage: KindCoverage) -> None:
        self._cover_kind(LEASES, "", coverage)

    def _cover_kind(self, kind: Kind, namespace: str, coverage: KindCoverage | None) -> None:
        if self._recorder is not None and self._store.coverage_of(kind, namespace) != coverage:
            self._recorder.cover(kind, namespace, coverage, self.now())
        with self._failing_on_errors():
            self._store.cover(kind, namespace, coverage)

    @contextlib.contextmanager
    def _failing_on_errors(self) -> Iterator[None]:
        """Make a bug in a listener end `run`.

        A reflector survives it, but the picture is unreliable afterwards.
        """
        try:
            yield
        except Exception as error:
            self._fail(error)
        self._work.set()

    def _fail(self, error: Exception) -> None:
        _log.error("the picture can no longer be updated", exc_info=error)
        self._fault = error
        self._work.set()

    async def _flush_when_due(self) -> None:
        while True:
            due = await self._flush()
            if self._store.pending:
                continue
            await self._clock.sleep(FLUSH_SECONDS)
            if not self._work.is_set():
                await wait_for_work(self._clock, self._work, due)

    async def _flush(self) -> float | None:
        """Publish changes.

        Returns when time alone makes the next flush due, in monotonic seconds.
        """
        if self._fault is not None:
            raise self._fault
        self._work.clear()
        self.flushed_at = self._clock.monotonic()
        derived, self._derived = self._derived, None
        now = self.now()
        changed = self._unpublished | await self._derive(now)
        self._named_reads.wake(self._store)
        health, due = self._picture_health()
        if self._recorder is not None:
            self._recorder.flush(health, now)
        if self._streams is not None:
            self._scope = self._streams.scope
        shown = self._snapshot
        now_shown = (health, self._scope, self._detail(changed), self._log_tails.tail, self._usage.watched)
        if (wait := self._wait_while_loading(health)) > 0 and now_shown[1:] == (
            shown.scope,
            shown.detail,
            shown.log_tail,
            shown.usage,
        ):
            self._unpublished = changed
            due = self._clock.monotonic() + wait
        elif changed or now_shown != (shown.health, shown.scope, shown.detail, shown.log_tail, shown.usage):
            self._publish(changed, health)
            if health.link in CURRENT and shown.health.link not in CURRENT:
                self._usage.fleet_read()
        if (detail_due := self._set_detail.next_change) is not None:
            due = detail_due if due is None else min(due, detail_due)
        if (instant := self._store.next_change) is not None:
            store_due = self._clock.monotonic() + max(0.0, (instant - now).total_seconds())
            due = store_due if due is None else min(due, store_due)
        if derived is not None and self._store.pending:
            self._derived = derived
        elif derived is not None and not derived.done():
            derived.set_result(None)
        return due

    def _wait_while_loading(self, health: PictureHealth) -> float:
        """Seconds until the next snapshot is due that shows how far a large cluster is loaded."""
        loading = health.link is Link.LOADING and self._snapshot.health.link is Link.LOADING
        from stsview.model.store import MANY

        if not loading or len(self._snapshot.fleet.sets) <= MANY:
            return 0.0
        return self._published_at + LOADING_SECONDS - self._clock.monotonic()

    async def _derive(self, now: datetime) -> frozenset[Key]:
        """Derive what has changed, in slices between which keys are answered and streams are read.

        Returns the changed sets; where there are very many, after `FLUSH_SECONDS` those so far.
        """
        store, changed = self._store, frozenset[Key]()
        began = time.perf_counter()
        while True:
            in_slice = partial(_before, time.perf_counter() + SLICE_SECONDS)
            more_to_come = self._streams is not None and lists_advance(
                self._streams.relevant_health, self._clock.monotonic()
            )
            if more_to_come and not self._shows_loading:
                store.pending = False
                return changed
            changed |= store.refresh(now, in_slice, more_to_come=more_to_come, first=self._in_sight)
            if not store.pending or time.perf_counter() - began > FLUSH_SECONDS:
                return changed
            with self._session.turns.held() if self._session is not None else contextlib.nullcontext():
                await let_others_run()
            if (rest := self._way_until - time.perf_counter()) > 0:
                await asyncio.sleep(rest)
            if store is not self._store:
                # Another scope or context was chosen meanwhile, and its empty picture published.
                return frozenset()

    def _publish(self, changed: frozenset[Key], health: PictureHealth) -> None:
        detail = self._detail(changed)
        tail = self._log_tails.tail
        self._unpublished = frozenset()
        self._published_at = self._clock.monotonic()
        off = tuple(sorted(self._settings.disabled_rules))
        usage = self._usage.watched
        self._snapshot = Snapshot(self._store.fleet, self._scope, health, self.now(), changed, detail, tail, off, usage)
        for listener in tuple(self._listeners):
            listener(self._snapshot)

    def _detail(self, changed: frozenset[Key]) -> SetDetail | None:
        return self._set_detail.detail(changed, self._suspends.to_instant(self.now()))

    def _picture_health(self) -> tuple[PictureHealth, float | None]:
        # Before its age is judged.
        self._check_suspend()
        if self._session is None or self._streams is None:
            return PictureHealth(), None
        streams = self._streams
        health, due = picture_health(
            streams.relevant_health,
            self._heartbeat.answered_at,
            self._clock.monotonic(),
            self._suspends.to_instant(self.now()),
            self._heartbeat.error,
            settled=streams.settled,
            searching=streams.searching,
            awake_since=self._suspends.awake_since,
        )
        if self._store.pending and not streams.settled and health.link in CURRENT:
            # Everything was read, but what is shown of many sets is still from before.
            health = replace(health, link=Link.LOADING)
        streams.settled = streams.settled or health.link in CURRENT
        offset = steady_offset(self._session.clock_offset, self._snapshot.health.clock_offset)
        problem = health.problem or streams.problem
        if not problem and health.link is Link.SILENT and self._session.waiting_for:
            problem = f"waiting for {self._session.waiting_for}"
        waiting_for = self._session.waiting_for if health.link is Link.CONNECTING else ""
        health = replace(health, problem=problem, clock_offset=offset, waiting_for=waiting_for)
        return self._with_recording(health), due

    def _with_recording(self, health: PictureHealth) -> PictureHealth:
        recorder = self._recorder
        if recorder is None:
            return health
        if recorder.problem:
            return replace(health, degraded=(*health.degraded, f"recording ended: {recorder.problem}"))
        return replace(health, recorded_in=recorder.path.name)

    def _probed_namespace(self) -> str:
        """One of those that are read: a smaller list is cheaper, and may be all that is allowed."""
        if self._scope.namespaces:
            return self._scope.namespaces[0]
        return next((key.namespace for key in self._snapshot.fleet.sets), "")

    def _check_suspend(self) -> None:
        if self._suspends.check():
            self._resumed.set()

    async def _notice_suspends(self) -> None:
        """Reconnect after a suspend, which leaves every connection half-open."""
        while True:
            await wait_for_work(self._clock, self._resumed, self._clock.monotonic() + CHECK_SECONDS)
            self._check_suspend()
            if self._resumed.is_set() and self._session is not None:
                self._resumed.clear()
                await self._session.check_suspend()
                if self._streams is not None:
                    self._streams.reconnect()
                self._set_detail.reconnect()
                self._heartbeat.beat()
                self._work.set()


async def let_others_run() -> None:
    """Give the event loop several turns, until nothing else is left to run in it."""
    quiet = 0
    for _ in range(_TURNS):
        began = time.perf_counter()
        await asyncio.sleep(0)
        # What a thread brings, such as a key, is found in one turn and handled in the next.
        quiet = quiet + 1 if time.perf_counter() - began < _QUIET_SECONDS else 0
        if quiet == 2:
            return


def _before(instant: float) -> bool:
    """Whether `instant`, in seconds of the performance counter, is still to come."""
    return time.perf_counter() < instant
