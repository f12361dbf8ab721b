"""Keeps Discord's list of commands equal to ours, without registering what is there already."""

import logging
from typing import Any

import discord
from discord import app_commands
from discord.http import Route

log = logging.getLogger(__name__)

#: Fields that Discord adds or derives.
DERIVED = frozenset({"dm_permission", "id", "application_id", "version", "guild_id"})


async def sync(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    """Register the commands if Discord's differ from ours; returns them as Discord has them.

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
    theirs = await registered(client, application)
    if alike(sorted(ours, key=order), sorted(theirs, key=order)):
        return theirs
    try:
        told: Any = await client.http.bulk_upsert_global_commands(application, ours)
    except discord.HTTPException:
        # Refused, say after too many changes in a day: what is registered goes on working.
        log.exception("the commands could not be registered")
        return theirs
    log.info("registered %d commands", len(ours))
    return named(told)


async def registered(client: discord.Client, application: int) -> list[dict[str, Any]]:
    """What Discord has; nothing where a server in its place cannot say."""
    route = Route("GET", "/applications/{application_id}/commands", application_id=application)
    try:
        return named(await client.http.request(route, params={"with_localizations": "true"}))
    except discord.HTTPException as failed:
        log.info("the registered commands are not told (%s)", failed.status)
        return []


def named(told: Any) -> list[dict[str, Any]]:
    """The commands of an answer that can be mentioned: those with an id and a name."""
    return [one for one in told if {"id", "name"} <= one.keys()] if isinstance(told, list) else []


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
