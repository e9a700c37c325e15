"""Base of screens that show one object: describe and YAML."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import ClassVar

from msgspec.structs import replace
from textual import work

from stsview.live.errors import CannotRead
from stsview.live.on_demand import Document, ObjectReader
from stsview.live.snapshot import Snapshot
from stsview.model.states import Health
from stsview.objects.kinds import PODS, STATEFULSETS
from stsview.objects.meta import Key
from stsview.text.ages import clock_time
from stsview.text.glyphs import active
from stsview.ui.inspect.inspect_target import InspectTarget, ObjectRef
from stsview.ui.inspect.references.referenced_objects import referenced
from stsview.ui.inspect.references.references_requested import Reference
from stsview.ui.inspect.related_objects import ordinal_named, related_objects, severity_text
from stsview.ui.inspect.text_screen import TextScreen
from stsview.ui.kit.choosers.chooser import Choice, Chooser
from stsview.ui.kit.choosers.copy_chooser import Copies
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.keymap import hint
from stsview.ui.kit.commands.ranks import Rank
from stsview.ui.kit.look.health_roles import health_of, sign
from stsview.ui.kit.look.pod_state import pod_state
from stsview.ui.kit.look.roles import Role, Span, Spans
from stsview.ui.kit.pager import FixedLines, Pager
from stsview.ui.kit.table import Placeholder
from stsview.ui.kit.toast import toast


class ObjectScreen(TextScreen):
    """Reads the object when opened, and again on request."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        Command(
            "object",
            ("o",),
            "other object",
            "Choose another object: set, pod, PVC, volume, Service, node, PDB, HPA, owner, ConfigMap, Secret",
            "This screen",
            Rank.RELATED,
            short="object",
        ),
        Command("reload", ("r",), "reload", "Read the object again", "This screen", Rank.RELATED),
    )

    def __init__(
        self,
        target: InspectTarget,
        reading: ObjectReader,
        latest: Callable[[], Snapshot],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(target, reading, latest, now, zone)
        self._ref = target.object or _default_object(target)
        self._read_at: datetime | None = None
        self._refs: tuple[ObjectRef, ...] = ()
        """The objects to choose from, while they are."""
        self._other_uid = False
        """Whether the object read is another one than the owner reference means, which is gone."""

    @abstractmethod
    async def read(self, ref: ObjectRef) -> Sequence[Spans]:
        """The object as lines, after a call of `check_uid`. Raises `CannotRead`."""

    def inspect_target(self) -> InspectTarget:
        return replace(self._target, object=self._ref)

    def make_pager(self) -> Pager:
        return Pager(id="object")

    def head(self, now: datetime) -> tuple[Spans, Sequence[Spans]]:
        ref = self._ref
        left: list[Span] = [(f"{ref.word}  ", Role.DIM), (ref.key.name, Role.STRONG), ("   ", Role.DIM)]
        left += self._state(now)
        if self._read_at is None:
            return tuple(left), ()
        when = clock_time(self._read_at, self.zone)
        return tuple(left), ((("read at ", Role.DIM), (when, Role.TEXT)), ((when, Role.DIM),))

    def _state(self, now: datetime) -> Spans:
        """Its present state in the live data."""
        view = self._latest().fleet.sets.get(self._target.set)
        if view is None:
            return ()
        ordinal = ordinal_named(view, self._ref.key.name) if self._ref.kind is PODS else None
        if ordinal is not None:
            return tuple(pod_state(ordinal, now))
        if self._ref.kind is STATEFULSETS:
            glyph, role = sign(health_of(view.severity))
            return ((glyph, role), (f" {severity_text(view)}", role.strong))
        if self._other_uid:
            return (sign(Health.WARNING), (" not the owner: that was deleted, and its uid differs", Role.WARNING))
        if self._ref.word == Reference.OWNER.value:
            return ((self._ref.state, Role.TEXT),)
        known = next((one for one in related_objects(view, self._target.pod) if one.same_object(self._ref)), None)
        return () if known is None else ((known.state, Role.TEXT),)

    def on_mount(self) -> None:
        super().on_mount()
        self._load()

    def show_lines(self, lines: Sequence[Spans], *, from_top: bool = False) -> None:
        """Show these lines: `from_top`, or at the present scroll position."""
        if from_top:
            self.pager.show(FixedLines(lines))
        else:
            self.pager.lines = FixedLines(lines)
            self.pager.rebuild()

    @work(group="reading", exclusive=True, exit_on_error=False)
    async def _load(self, *, from_top: bool = True) -> None:
        ref, pager = self._ref, self.pager
        if from_top:
            self._read_at = None
            pager.placeholder = Placeholder(f"loading {ref.word} {ref.key.name} {active().ellipsis}")
            pager.show(FixedLines())
            self.update_head()
        try:
            lines = await self.read(ref)
        except CannotRead as error:
            self._read_at, self._other_uid = None, False
            health = Health.MISSING if error.absent else Health.DEGRADED
            pager.placeholder = Placeholder(
                str(error), (f"{hint('object', 'o')} for another object, {hint('reload', 'r')} to retry",), health
            )
            pager.show(FixedLines())
        else:
            self._read_at = self._now()
            self.show_lines(lines, from_top=from_top)
        self.update_head()

    def copies(self) -> Copies:
        pager = self.pager
        offered = [("name", self._ref.key.name)]
        if self._ref.key.namespace:
            offered.append(("namespace/name", str(self._ref.key)))
        if pager.current_match is not None:
            offered.append(("the match", pager.lines.text(pager.current_match).strip()))
        all_lines = [pager.lines.text(number) for number in range(pager.lines.first, pager.lines.end)]
        if all_lines:
            offered.append(("everything", "\n".join(all_lines)))
            offered += [("line", text.strip()) for text in pager.visible_lines() if text.strip()]
        return offered

    def check_uid(self, document: Document) -> None:
        """Note whether an owner was replaced by another object of its name."""
        metadata = document.get("metadata")
        uid = metadata.get("uid") if isinstance(metadata, dict) else None
        self._other_uid = bool(self._ref.uid) and uid != self._ref.uid

    async def action_object(self) -> None:
        view = self._latest().fleet.sets.get(self._target.set)
        self._refs = (self._ref,) if view is None else related_objects(view, self._target.pod)

        def on_chosen(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._ref = self._refs[int(chosen[0])]
                self._load()

        current = [str(place) for place, ref in enumerate(self._refs) if ref.same_object(self._ref)]
        chooser = Chooser("Objects", self._choices(), marked=current)
        await self.app.push_screen(chooser, on_chosen)
        if view is not None:
            self._add_referenced(chooser)

    def _choices(self) -> list[Choice]:
        return [Choice(str(place), f"{ref.word:<9} {ref.key.name}", ref.state) for place, ref in enumerate(self._refs)]

    @work(group="referenced", exclusive=True, exit_on_error=False)
    async def _add_referenced(self, chooser: Chooser) -> None:
        """Add what the set names, which the live data does not have."""
        key = self._target.set
        try:
            document = await self.reading.get_object(STATEFULSETS, key)
        except CannotRead as error:
            toast(self, f"owner, ConfigMaps and Secrets are unknown: {error}", health=Health.WARNING)
            return
        known = len(self._refs)
        self._refs += referenced(document, key.namespace)
        if chooser.is_attached:
            for place, ref in enumerate(self._refs[known:], known):
                if ref.same_object(self._ref):
                    chooser.toggle(str(place))
            chooser.set_choices(self._choices())

    def action_reload(self) -> None:
        self._load(from_top=self._read_at is None)


def _default_object(target: InspectTarget) -> ObjectRef:
    if target.pod:
        return ObjectRef(PODS, Key(target.set.namespace, target.pod), "pod")
    return ObjectRef(STATEFULSETS, target.set, "set")
