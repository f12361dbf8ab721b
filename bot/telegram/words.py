"""What Telegram's cards and buttons say, in English and in German."""
# ruff: noqa: E501, ISC004 - sentences stay on one line so that both languages can be read side by side

from datetime import datetime

from bot import wording
from datanets.facts import ContributionState, Reason, RunState

PHRASES: dict[str, tuple[str, str]] = {
    # buttons
    "back": ("‹ Back", "‹ Zurück"),
    "cancel": ("✖ Cancel", "✖ Abbrechen"),
    "agree": ("I agree", "Ich stimme zu"),
    "decline": ("No, thanks", "Nein, danke"),
    "why": ("👎 because…", "👎 weil…"),
    "revoke": ("↩ Take it out again", "↩ Wieder herausnehmen"),
    "library": ("📖 The library", "📖 Die Bibliothek"),
    "reread": ("🔄 Read it again now", "🔄 Jetzt neu lesen"),
    "file": ("📄 See the file", "📄 Datei ansehen"),
    "open_private": ("Open in private", "Privat öffnen"),
    "withdraw": ("Take it back", "Zurückziehen"),
    "contribute": ("📥 Contribute", "📥 Beitragen"),
    "mine": ("🗂 My files", "🗂 Meine Dateien"),
    "quota": ("⏳ What is left today", "⏳ Heute noch übrig"),
    "datanets": ("📚 Datanets", "📚 Datanets"),
    "review": ("🗳 Review", "🗳 Prüfen"),
    "models": ("🤖 Models", "🤖 Modelle"),
    "leaderboard": ("🏆 Leaderboard", "🏆 Rangliste"),
    "ask": ("💬 Ask the library", "💬 Bibliothek fragen"),
    "more": ("More ›", "Mehr ›"),
    "newer": ("‹ Newer", "‹ Neuere"),
    "release": ("📦 Release", "📦 Veröffentlichen"),
    "train": ("🍳 Train a model", "🍳 Modell trainieren"),
    "start_run": ("🍳 Start training", "🍳 Training starten"),
    "stop": ("⏹ Stop", "⏹ Stopp"),
    "stop_sure": ("Yes, stop it", "Ja, stoppen"),
    "again": ("🔁 Again", "🔁 Nochmal"),
    "correct": ("✍ Correct", "✍ Korrigieren"),
    "talk": ("💬 Talk to it", "💬 Mit ihm reden"),
    "compare": ("⚖ Compare", "⚖ Vergleichen"),
    "left": ("👈 Left", "👈 Links"),
    "right": ("Right 👉", "Rechts 👉"),
    "accept": ("✅ Accept", "✅ Annehmen"),
    "reject": ("⛔ Reject", "⛔ Ablehnen"),
    "language": ("🌐 Language", "🌐 Sprache"),
    "add_group": ("➕ Add me to a group", "➕ In eine Gruppe holen"),
    "export": ("⬇ Export my data", "⬇ Meine Daten holen"),
    "forget": ("🗑 Forget me", "🗑 Vergiss mich"),
    "forget_sure": ("Delete everything", "Alles löschen"),
    "create_datanet": ("➕ New datanet", "➕ Neues Datanet"),
    "text": ("📝 Text", "📝 Text"),
    "image": ("🖼 Image", "🖼 Bild"),
    "audio": ("🎙 Audio", "🎙 Ton"),
    "close_net": ("🚪 Close", "🚪 Schließen"),
    "open_net": ("🚪 Open", "🚪 Öffnen"),
    "edit": ("✏ Edit", "✏ Ändern"),
    "fields": ("⚙ Every setting", "⚙ Alle Werte"),
    "keep": ("✔ Done", "✔ Fertig"),
    # sentences
    "not_yours": ("That menu belongs to somebody else. Send the command yourself.",
                  "Das Menü gehört jemand anderem. Schick den Befehl selbst."),
    "stale": ("That button is no longer in use. Send the command again.",
              "Der Knopf gilt nicht mehr. Schick den Befehl noch einmal."),
    "cancelled": ("Cancelled. Nothing was changed.", "Abgebrochen. Nichts wurde geändert."),
    "broken": ("Something broke on my side. Tell an admin the ticket <code>{ticket}</code>.",
               "Bei mir ging etwas kaputt. Nenne einem Admin das Ticket <code>{ticket}</code>."),
    "counted": ("Your {vote} counts.", "Dein {vote} zählt."),
    "taken_back": ("Your vote is taken back.", "Deine Stimme ist zurückgenommen."),
    "anonymous": (
        "Somebody voted as an anonymous admin. Such a vote cannot be tied to a person and does not count: "
        "switch “Remain anonymous” off, or use the buttons from your own account.",
        "Jemand hat als anonymer Admin abgestimmt. So eine Stimme gehört zu keiner Person und zählt nicht: "
        "schalte „Anonym bleiben“ aus oder nimm die Knöpfe mit deinem eigenen Konto."),
    "anonymous_sender": (
        "You write as an anonymous admin, so I cannot tell who you are. Switch “Remain anonymous” off and try again.",
        "Du schreibst als anonymer Admin, ich weiß also nicht, wer du bist. Schalte „Anonym bleiben“ aus und versuche es noch einmal."),
    "received": ("Received for <b>{datanet}</b>. Validators decide now.", "Angekommen für <b>{datanet}</b>. Jetzt wird geprüft."),
    "received_again": ("You handed this file in before; it is still <b>{state}</b> in <b>{datanet}</b>.",
                       "Diese Datei hast du schon eingereicht; sie ist <b>{state}</b> in <b>{datanet}</b>."),
    "left_today": ("{files} of {limit} files and {size} left today, new at {time} UTC",
                   "heute noch {files} von {limit} Dateien und {size}, neu um {time} UTC"),
    "album": ("<b>{total} files</b>: {parts}", "<b>{total} Dateien</b>: {parts}"),
    "album_taken": ("{count} received", "{count} angekommen"),
    "album_again": ("{count} handed in before", "{count} schon eingereicht"),
    "compressed": ("Telegram compresses photos. When quality matters, send it as a file.",
                   "Telegram komprimiert Fotos. Wenn es auf Qualität ankommt, schick sie als Datei."),
    "too_big_for_bot": ("That file is {size}. Telegram lets bots download at most 20 MB: make it smaller or split it.",
                        "Die Datei hat {size}. Telegram lässt Bots höchstens 20 MB laden: mach sie kleiner oder teile sie."),
    "send_file": ("Send me the file now, as a document, photo, voice note or album. What you write under it becomes its context.",
                  "Schick mir jetzt die Datei, als Dokument, Foto, Sprachnachricht oder Album. Was du darunter schreibst, wird ihr Kontext."),
    "which_datanet": ("Which datanet is it for?", "Für welches Datanet ist das?"),
    "no_datanets": ("There is no datanet yet. A validator opens one with /datanet create.",
                    "Es gibt noch kein Datanet. Ein Validator legt eins mit /datanet create an."),
    "no_community": ("I do not know which community you mean. Add me to your group, or open me from a button there.",
                     "Ich weiß nicht, welche Gemeinschaft du meinst. Hol mich in eure Gruppe oder öffne mich dort über einen Knopf."),
    "which_community": ("Which community is it about?", "Um welche Gemeinschaft geht es?"),
    "in_community": ("You are in <b>{name}</b>.", "Du bist in <b>{name}</b>."),
    "write_reply": ("Reply to this message with your text.", "Antworte auf diese Nachricht mit deinem Text."),
    "nothing_here": ("Nothing here yet.", "Hier ist noch nichts."),
    "nothing_to_review": ("Nothing waits for your vote.", "Nichts wartet auf deine Stimme."),
    "own_place": ("{name}: place {rank}", "{name}: Platz {rank}"),
    "why_revoke": ("Why is it taken out? Its author reads the reason.", "Warum kommt es heraus? Wer es brachte, liest den Grund."),
    "done": ("Done.", "Fertig."),
    "thinking": ("…", "…"),
    "stopped": ("Stopped.", "Gestoppt."),
    "done_run": ("{starter}: <b>{model}</b> is ready.", "{starter}: <b>{model}</b> ist fertig."),
    "run_failed": ("{starter}: the run of <b>{model}</b> failed.", "{starter}: der Lauf von <b>{model}</b> ist gescheitert."),
    "run_stopped": ("{starter}: the run of <b>{model}</b> was stopped.", "{starter}: der Lauf von <b>{model}</b> wurde gestoppt."),
    "start_first": ("I may not write to you privately yet. Tap the button and then Start.",
                    "Ich darf dir noch nicht privat schreiben. Tippe auf den Knopf und dann auf Start."),
    "thanks": ("Thank you.", "Danke."),
    "linked": ("Done: both accounts are one member now, with one quota and one vote.",
               "Fertig: beide Konten sind jetzt ein Mitglied, mit einem Kontingent und einer Stimme."),
    "link_code": ("Your code is <code>{code}</code>, good for ten minutes. On the other platform, send <code>/link {code}</code>.",
                  "Dein Code ist <code>{code}</code>, zehn Minuten gültig. Schick auf der anderen Plattform <code>/link {code}</code>."),
    "welcome_group": (
        "Hello! I am Potluck: this group brings data, tastes it, and trains its own models.\n"
        "Admins: /setup checks my rights. Everybody: /contribute a file, /help shows the rest.",
        "Hallo! Ich bin Potluck: diese Gruppe bringt Daten mit, prüft sie und trainiert ihre eigenen Modelle.\n"
        "Admins: /setup prüft meine Rechte. Alle: /contribute mit einer Datei, /help zeigt den Rest."),
    "fill_in": ("Fill it in like this:", "So ausfüllen:"),
}  # fmt: skip


# Labels of buttons; the sentences of `bot.wording` are too long for a thumb.
REASONS = {
    Reason.OFF_TOPIC: ("Off topic", "Am Thema vorbei"),
    Reason.LOW_QUALITY: ("Low quality", "Geringe Qualität"),
    Reason.DUPLICATE: ("Duplicate", "Doppelt"),
    Reason.WRONG_CONTEXT: ("Wrong description", "Falsch beschrieben"),
    Reason.RIGHTS: ("Rights unclear", "Rechte unklar"),
    Reason.UNSAFE: ("Unsafe", "Unsicher"),
    Reason.UNSTATED: ("No reason", "Ohne Grund"),
}


class Words:
    """One person's or one group's language."""

    def __init__(self, locale: str | None) -> None:
        self.locale = "de" if (locale or "").lower().startswith("de") else "en"
        self._column = 1 if self.locale == "de" else 0

    def __call__(self, phrase: str, **values: object) -> str:
        """Return a phrase with its values filled in; values must be escaped by the caller."""
        text = PHRASES[phrase][self._column]
        return text.format(**values) if values else text

    def state(self, state: ContributionState) -> str:
        """Name the state of a contribution."""
        return wording.state(state, self.locale)

    def reason(self, reason: Reason) -> str:
        """Name the reason of a rejection."""
        return wording.reason(reason, self.locale)

    def label(self, reason: Reason) -> str:
        """Name the reason of a rejection on a button."""
        return REASONS[reason][self._column]

    def run_state(self, state: RunState) -> str:
        """Name the state of a run."""
        return wording.state(state, self.locale)

    def note(self, code: str) -> str:
        """Say what cleaning a file changed."""
        return wording.note(code, self.locale)

    def either(self, english: str, german: str) -> str:
        """Choose between two short words that stand in one place only."""
        return german if self._column else english


def moment(at: datetime) -> str:
    """Write a time of day with its date, in UTC."""
    return f"{at:%d %b %H:%M} UTC"
