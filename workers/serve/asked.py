"""What a caller asks for, checked: the bodies of OpenAI's requests that this server understands."""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from workers.serve.refused import bad_request

MOST_TEXTS = 512

T = TypeVar("T", bound=BaseModel)


def _plain(content: Any) -> Any:
    """Content may be a list of parts; those that are text are joined."""
    if not isinstance(content, list):
        return "" if content is None else content
    if any(not isinstance(part, dict) or part.get("type") != "text" for part in content):
        raise ValueError("only parts of type text can be read")
    return "".join(str(part.get("text", "")) for part in content)


class Message(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, BeforeValidator(_plain)]

    def plain(self) -> dict[str, str]:
        """The form that chat templates read; they know `developer` as `system`."""
        return {"role": "system" if self.role == "developer" else self.role, "content": self.content}


class StreamOptions(BaseModel):
    """Extras of a stream."""

    include_usage: bool = False


class Writing(BaseModel):
    """What both completions share; `ignore_eos` is vLLM's; ours are `conversation` and `timeout`."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = Field(None, ge=1, le=1)
    user: str = ""
    conversation: str | None = None
    timeout: float | None = Field(None, gt=0)
    ignore_eos: bool = False
    tools: None = None
    logprobs: Literal[None, False] = None
    frequency_penalty: Literal[0, None] = None
    presence_penalty: Literal[0, None] = None

    @property
    def stops(self) -> tuple[str, ...]:
        """Stop words as a tuple."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def most(self) -> int | None:
        """Tokens wanted at most, under either of its two names."""
        return self.max_completion_tokens or self.max_tokens

    @model_validator(mode="after")
    def _few_stops(self) -> Self:
        if len(self.stops) > 16 or any(len(stop) > 200 for stop in self.stops):
            raise ValueError("at most 16 stop words of at most 200 characters")
        return self


class Chat(Writing):
    """Body of /v1/chat/completions."""

    messages: list[Message] = Field(min_length=1)


class Completion(Writing):
    """Body of /v1/completions."""

    prompt: str


class Embedding(BaseModel):
    """Body of /v1/embeddings."""

    model_config = ConfigDict(extra="ignore")

    model: str
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def texts(self) -> list[str]:
        """The input as a list."""
        return [self.input] if isinstance(self.input, str) else self.input

    @model_validator(mode="after")
    def _some_texts(self) -> Self:
        if not 0 < len(self.texts) <= MOST_TEXTS:
            raise ValueError(f"between 1 and {MOST_TEXTS} texts")
        return self


class Reranking(BaseModel):
    """Body of /v1/rerank, as vLLM, Jina and Cohere have it."""

    model_config = ConfigDict(extra="ignore")

    model: str
    query: str = Field(min_length=1)
    documents: list[str] = Field(min_length=1, max_length=MOST_TEXTS)
    top_n: int | None = Field(None, ge=1)


def read(kind: type[T], body: Any) -> T:
    """The body as one of the kinds above; raises Refused that names the first field at fault."""
    try:
        return kind.model_validate(body)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or None
        raise bad_request(f"{where or 'The request'}: {first['msg']}.", where) from problem
