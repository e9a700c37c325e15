"""What every screen offers on which something can be looked at more closely."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from stsview.model.views import SetView, Tone
from stsview.ui.commands import Command
from stsview.ui.looking import Glance, Look, Subject
from stsview.ui.presentation.around import pod_in_question
from stsview.ui.screens.picture import PictureScreen
from stsview.ui.toast import toast
from stsview.ui.typing import not_typing

_GROUP = "Look"


def _look(glance: Glance, key: str, label: str, words: str, rank: int) -> Command:
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
        _look(Glance.LOGS, "l", "logs", "Logs of the pod", 66),
        _look(Glance.PREVIOUS, "p", "previous", "Logs of the pod's run before the present one", 34),
        _look(Glance.EVENTS, "e", "events", "What happened to the set, its pods and its claims, on one clock", 42),
        _look(Glance.DESCRIBE, "d", "describe", "All there is to know of it, for a person", 38),
        _look(Glance.YAML, "y", "yaml", "The whole object as YAML", 36),
        _look(Glance.REVISIONS, "u", "revisions", "The revisions of the set, what runs each, and what differs", 33),
    )

    @abstractmethod
    def subject(self) -> Subject | None:
        """What is under the cursor."""

    def offers(self, glance: Glance) -> bool:
        """Whether this way to look is offered here, now."""
        return self.subject() is not None

    def commands(self) -> list[Command]:
        # In the legend they stand behind what the screen itself is for.
        looks = {look.id for look in LookingScreen.OWN_COMMANDS}
        return sorted(super().commands(), key=lambda command: command.id in looks)

    def action_look(self, name: str) -> None:
        glance, subject = Glance(name), self.subject()
        if subject is None:
            return
        if glance in (Glance.LOGS, Glance.PREVIOUS) and not subject.pod:
            pod = self._pod_of(self._latest().fleet.sets.get(subject.set))
            if not pod:
                toast(self, f"{subject.set} has no pods", title="no logs", tone=Tone.WARNING)
                return
            subject = Subject(subject.set, pod)
        self.post_message(Look(glance, subject))

    def _pod_of(self, view: SetView | None) -> str:
        return "" if view is None else pod_in_question(view)
