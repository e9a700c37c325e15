"""What every screen offers on which something can be looked at more closely."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from stsview.model.views import Health, SetView
from stsview.ui.inspect.related_objects import pod_in_question
from stsview.ui.inspect.subjects import InspectView, Look, Subject
from stsview.ui.kit.commands.commands import Command
from stsview.ui.kit.commands.typing import not_typing
from stsview.ui.kit.live.live_screen import PictureScreen
from stsview.ui.kit.toast import toast

_GROUP = "Look"


def _look(glance: InspectView, key: str, label: str, words: str, rank: int) -> Command:
    def offered(screen: Any) -> bool:
        return screen.is_mounted and not_typing(screen) and screen.offers(glance)

    return Command(glance.value, (key,), label, words, _GROUP, rank, offered, f"look({glance.value!r})", priority=True)


class LookingScreen(PictureScreen):
    """Logs, YAML, description and events of what is under the cursor. The app opens what is asked for (`Look`)."""

    is_glance: ClassVar[bool] = False
    """Whether it is such a look itself: from one to another the way back stays as short as it was."""
    is_text: ClassVar[bool] = False
    """Whether it shows a text, in which some keys mean other things."""

    OWN_COMMANDS: ClassVar[Sequence[Command]] = (
        _look(InspectView.LOGS, "l", "logs", "Logs of the pod", 66),
        _look(InspectView.PREVIOUS, "p", "previous", "Logs of the pod's run before the present one", 34),
        _look(InspectView.EVENTS, "e", "events", "What happened to the set, its pods and its claims, on one clock", 42),
        _look(InspectView.DESCRIBE, "d", "describe", "All there is to know of it, for a person", 38),
        _look(InspectView.YAML, "y", "yaml", "The whole object as YAML", 36),
        _look(
            InspectView.REVISIONS, "u", "revisions", "The revisions of the set, what runs each, and what differs", 33
        ),
    )

    @abstractmethod
    def subject(self) -> Subject | None:
        """What is under the cursor."""

    def offers(self, glance: InspectView) -> bool:
        """Whether this way to look is offered here, now."""
        return self.subject() is not None

    def commands(self) -> list[Command]:
        # In the legend they stand behind what the screen itself is for.
        looks = {look.id for look in LookingScreen.OWN_COMMANDS}
        return sorted(super().commands(), key=lambda command: command.id in looks)

    def action_look(self, name: str) -> None:
        glance, subject = InspectView(name), self.subject()
        if subject is None:
            return
        if glance in (InspectView.LOGS, InspectView.PREVIOUS) and not subject.pod:
            pod = self._pod_of(self._latest().fleet.sets.get(subject.set))
            if not pod:
                toast(self, f"{subject.set} has no pods", title="no logs", health=Health.WARNING)
                return
            subject = Subject(subject.set, pod)
        self.post_message(Look(glance, subject))

    def _pod_of(self, view: SetView | None) -> str:
        return "" if view is None else pod_in_question(view)
