"""What each part of the document adds: channels, what is done on them, the messages that go over them."""

from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]


def ref(*path: str) -> Json:
    """A JSON pointer; `/` and `~` have to be written otherwise in one."""
    return {"$ref": "#/" + "/".join(each.replace("~", "~0").replace("/", "~1") for each in path)}


@dataclass(frozen=True, slots=True)
class Part:
    channels: Json = field(default_factory=dict[str, Any])
    operations: Json = field(default_factory=dict[str, Any])
    messages: Json = field(default_factory=dict[str, Any])

    def add(self, channel: str, told: Json, *messages: tuple[str, Json]) -> None:
        """A channel, and the messages there may be on it."""
        self.messages.update(messages)
        self.channels[channel] = told | {
            "messages": {name: ref("components", "messages", name) for name, _ in messages}
        }

    def on(self, channel: str, *messages: str) -> Json:
        """What goes over a channel, as operations and replies refer to it."""
        names = messages or self.channels[channel]["messages"]
        return {
            "channel": ref("channels", channel),
            "messages": [ref("channels", channel, "messages", name) for name in names],
        }
