"""The channels of the playground, and what an empty one says."""

from dataclasses import dataclass

from bot.languages import tr


@dataclass(frozen=True)
class Empty:
    """What a room without messages offers to do."""

    symbol: str
    title: str
    words: str
    form: str = ""
    button: str = ""


@dataclass(frozen=True)
class Room:
    """A channel or a model's thread."""

    key: str
    title: str
    topic: str
    placeholder: str
    empty: Empty


CHANNELS: dict[str, Room] = {
    room.key: room
    for room in (
        Room(
            "contribute",
            "#contribute",
            "Hand in files. Drop them anywhere on this page.",
            "Message #contribute",
            Empty(
                "contribute",
                "Bring the first dish",
                "Hand in a text, a picture or a recording. The validators taste it in #review.",
                "contribute",
                "Hand in a file",
            ),
        ),
        Room(
            "review",
            "#review",
            "Validators taste what was handed in: thumbs up or thumbs down.",
            "Message #review",
            Empty(
                "review",
                "Nothing to taste",
                "Every file that somebody hands in opens a card here. Validators vote by thumbs up or down.",
                "contribute",
                "Hand in a file",
            ),
        ),
        Room(
            "models",
            "#models",
            "Releases, training runs and the models they make.",
            "Message #models",
            Empty(
                "models",
                "No model yet",
                "Release a datanet, then train a model on it. Progress appears here.",
                "finetune",
                "Train a model",
            ),
        ),
        Room(
            "help",
            "#help",
            "Ask anything about Potluck; answers cite the docs.",
            "Ask anything",
            Empty(
                "help",
                "Ask away",
                "Ask how something works, or say what you want to do. The answer cites the docs, "
                "and anything that costs something waits for your click.",
            ),
        ),
    )
}


def thread_room(key: str, model: str, locale: str) -> Room:
    """Describe the thread of one model."""
    return Room(
        key,
        model,
        tr(locale, "You talk to {model}. Everybody here reads along.", model=model),
        tr(locale, "Message {model}", model=model),
        Empty(
            "thread",
            tr(locale, "{model} is ready", model=model),
            tr(
                locale,
                "Say something, and it answers here. Rate its answers, or correct them: "
                "a correction goes through review like any file.",
            ),
        ),
    )
