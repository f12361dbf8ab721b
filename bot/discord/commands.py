"""Keeps Discord's list of commands equal to ours, without registering what is there already."""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.http import Route

log = logging.getLogger(__name__)

#: Fields that Discord adds or derives.
DERIVED = frozenset({"dm_permission", "id", "application_id", "version", "guild_id"})


async def sync(tree: app_commands.CommandTree[Any]) -> bool:
    """Register the commands if Discord's differ from ours; returns whether they did.

    Creating commands is limited to 200 a day, so a bot that restarts often must not do it each time.
    """
    client = tree.client
    application = client.application_id
    if application is None:
        raise discord.ClientException("not logged in")
    translator = tree.translator
    ours = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in tree._get_all_commands(guild=None)
    ]
    route = Route("GET", "/applications/{application_id}/commands", application_id=application)
    theirs = await client.http.request(route, params={"with_localizations": "true"})
    if alike(sorted(ours, key=order), sorted(theirs, key=order)):
        return False
    await client.http.bulk_upsert_global_commands(application, ours)
    log.info("registered %d commands", len(ours))
    return True


def alike(ours: Any, theirs: Any) -> bool:
    """Whether Discord's commands say the same as ours; what is empty may be missing."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(
            alike(ours.get(key), theirs.get(key))
            for key in (ours.keys() | theirs.keys()) - DERIVED
            if not key.endswith("_localized")
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if not ours and not theirs:
        return True
    return str(ours) == str(theirs)


def order(item: dict[str, Any]) -> tuple[str, str]:
    """Commands come in any order; their options do not, since people see them in it."""
    return (str(item.get("type", 1)), str(item["name"]))
