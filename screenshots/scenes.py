"""Every screen and dialog, as keys pressed in a scenario."""

from __future__ import annotations

from typing import Literal, NamedTuple

Theme = Literal["dark", "light", "high-contrast", "colour-blind"]
THEMES: tuple[Theme, ...] = ("dark", "light", "high-contrast", "colour-blind")


class Keys(NamedTuple):
    """Press these, one after another."""

    keys: tuple[str, ...]


class Text(NamedTuple):
    """Type this."""

    text: str


class Shows(NamedTuple):
    """Wait until the screen has these words."""

    words: str


class Second(NamedTuple):
    """Let time pass until that many seconds after the start."""

    at: float


REPLAY = "replay"
"""Instead of a scenario: the recording of a rollout that a pod blocks, and that is taken back."""

Step = Keys | Text | Shows | Second


class Scene(NamedTuple):
    """One picture."""

    name: str
    screen: str
    """The class of what is on top."""
    scenario: str
    """One of `stsview demo --list`, or `REPLAY`."""
    steps: tuple[Step, ...]
    kept: tuple[Theme, ...] = ()
    """The themes in which the repository has it."""
    size: tuple[int, int] = (120, 36)
    at: float = 15.0
    """How many seconds after the start it is taken."""


def keys(*names: str) -> Keys:
    return Keys(names)


def command(text: str) -> tuple[Step, ...]:
    """A command that is typed: `:scale 5`."""
    return (keys("colon"), Text(text), keys("enter"))


def of_set(name: str, *steps: Step) -> tuple[Step, ...]:
    """On the screen of a set."""
    return (Second(10), keys("slash"), Text(name), keys("enter", "enter"), Shows("Timeline"), *steps)


def plan_of(name: str, *steps: Step) -> tuple[Step, ...]:
    """A plan that is opened on the screen of a set."""
    return of_set(name, *steps, Shows("WHAT HAPPENS"))


_WIDE = (140, 36)
_UNDO = plan_of("kafka", keys("u"), Shows("3 revisions"), keys("j", "u"))
_NODES = (Second(10), keys("n"), Shows("drain"))
_FINDINGS = (Second(10), keys("f"), Shows("findings"))
_NAMES = of_set("kafka", keys("D"), Shows("kafka-0"))
_FORWARD = (*command("forward 18080:9092"), Shows("⇄ 1"))

SCENES: tuple[Scene, ...] = (
    Scene("fleet", "FleetScreen", "tour", (Second(10), Shows("stuck")), ("dark", "light"), _WIDE),
    Scene("set", "SetScreen", "tour", of_set("kafka", Shows("did you mean")), ("dark",), _WIDE),
    Scene("undo", "ActionScreen", "tour", _UNDO, ("dark",), _WIDE),
    Scene("findings", "FindingsScreen", "tour", _FINDINGS, (), _WIDE),
    Scene("explain", "ExplainScreen", "tour", (*_FINDINGS, keys("w"), Shows("MEANING"))),
    Scene("steps", "StepChooser", "tour", of_set("kafka", keys("t"))),
    Scene("filter", "FleetScreen", "tour", (Second(10), keys("slash"), Text("is:stuck node:"))),
    Scene("columns", "ColumnChooser", "tour", (Second(10), keys("vertical_line"))),
    Scene("copy", "CopyChooser", "tour", of_set("kafka", keys("c"))),
    Scene("help", "HelpScreen", "tour", of_set("kafka", keys("question_mark"))),
    Scene("commands", "PaletteScreen", "tour", of_set("kafka", keys("colon"), Text("re"))),
    Scene("namespaces", "NamespaceChooser", "tour", (Second(10), keys("N"), Shows("infra"))),
    Scene("contexts", "ContextChooser", "tour", (Second(10), keys("C"))),
    Scene("nodes", "NodesScreen", "tour", _NODES, (), _WIDE),
    Scene("node", "Chooser", "tour", (*_NODES, keys("enter"))),
    Scene("drains", "NodesScreen", "tour", (*_NODES, keys("space", "j", "space", "j", "space"))),
    Scene("scale", "ScaleScreen", "tour", of_set("zookeeper", keys("s"))),
    Scene("scale-plan", "ActionScreen", "tour", plan_of("zookeeper", *command("scale 2"))),
    Scene("restart", "RestartScreen", "tour", of_set("zookeeper", keys("r"))),
    Scene("canary", "CanaryScreen", "tour", of_set("zookeeper", keys("P"))),
    Scene("grow", "GrowScreen", "disk-full", of_set("clickhouse", keys("plus"))),
    Scene("grow-plan", "ActionScreen", "disk-full", plan_of("clickhouse", *command("grow 100Gi"))),
    Scene("recreate", "RecreateScreen", "zookeeper", of_set("zookeeper", *command("recreate"))),
    Scene("recreate-plan", "ActionScreen", "zookeeper", plan_of("zookeeper", *command("recreate data.size=20Gi"))),
    Scene("delete", "ActionScreen", "tour", plan_of("zookeeper", keys("ctrl+d"))),
    Scene("force-delete", "ActionScreen", "dead-node", plan_of("postgres", keys("ctrl+k"))),
    Scene(
        "running",
        "ActionScreen",
        "zookeeper",
        (*plan_of("zookeeper", *command("scale 5")), keys("y"), Shows("all replicas")),
        at=25,
    ),
    Scene("log", "LogScreen", "tour", of_set("kafka", keys("p"))),
    Scene(
        "logs", "LogScreen", "tour", (Second(10), keys("slash"), Text("kafka"), keys("enter", "l"), Shows("kafka-5"))
    ),
    Scene("describe", "DescribeScreen", "tour", of_set("kafka", keys("d"))),
    Scene("yaml", "YamlScreen", "tour", of_set("kafka", keys("y"))),
    Scene("related", "Chooser", "tour", of_set("kafka", keys("d"), Shows("CONDITIONS"), keys("o"))),
    Scene("owner", "YamlScreen", "operator-owned", of_set("prometheus", keys("J"))),
    Scene("events", "EventsScreen", "tour", of_set("kafka", keys("e"))),
    Scene("revisions", "RevisionsScreen", "tour", of_set("kafka", keys("u"))),
    Scene("names", "NamesScreen", "tour", _NAMES),
    Scene("lookup", "LookupDialog", "tour", (*_NAMES, keys("g", "enter"))),
    Scene("usage", "UsageScreen", "disk-full", of_set("clickhouse", keys("U"), Second(40)), at=40),
    Scene("forward", "ForwardScreen", "tour", of_set("kafka", keys("F"))),
    Scene("forwards", "ForwardsScreen", "tour", of_set("kafka", *_FORWARD, *command("forwards"))),
    Scene("shell", "Chooser", "tour", of_set("cassandra", keys("x"))),
    Scene("replay", "FleetScreen", REPLAY, (Shows("healthy"), keys("greater_than_sign", "greater_than_sign"))),
    Scene("timeline", "TimelineScreen", REPLAY, (Shows("healthy"), keys("T"))),
    Scene("exec", "CommandScreen", "tour", of_set("zookeeper", *command("exec ls /"))),
)
