"""The settings of the bot."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from datanets.config import CoreSettings


def versioned(url: str) -> str:
    """Give an address of Discord's API the path and version that it lacks."""
    url = url.rstrip("/")
    if url.count("/") < len("//") + 1:
        return f"{url}/api/v10"
    return f"{url}/v10" if url.endswith("/api") else url


class BotSettings(CoreSettings):
    """What `potluck bot` reads: tokens, the four API addresses, the library, the agent's language model."""

    discord_token: SecretStr | None = None
    discord_api_url: Annotated[str, AfterValidator(versioned)] = "https://discord.com/api/v10"
    discord_gateway_url: str = "wss://gateway.discord.gg/"
    telegram_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org/bot"
    telegram_file_url: str = "https://api.telegram.org/file/bot"
    telegram_webhook_url: str = Field("", description="Public https address; empty: polling")
    telegram_webhook_secret: SecretStr | None = None
    telegram_webhook_port: int = 8443

    gitbook_url: str = Field(
        "", description="One or several, separated by commas; or a folder with SUMMARY.md"
    )
    gitbook_private_addresses: bool = Field(False, description="Let GITBOOK_URL point at private addresses")
    gitbook_refresh_minutes: int = 10
    thread_days: int = Field(30, description="Days after which the agent forgets a thread left alone")
    llm_url: str = Field(
        "", description="Any OpenAI-compatible server; empty: answers are composed from passages"
    )
    llm_model: str = ""
    llm_key: SecretStr | None = None

    port: int = Field(
        8080, validation_alias="PORT", description="The playground, or the health pages without it"
    )
    host: str = "127.0.0.1"
    playground: bool = False
    train_role: Literal["everybody", "trainer", "validator", "admin"] = "trainer"
    adapters_url: str = Field(
        "", description="With vLLM as INFERENCE_URL: its view of the folder of adapters"
    )
    reply_tokens: int = Field(512, description="Most tokens of one reply")
