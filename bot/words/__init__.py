"""One file of sentences a language; `bot.wording` fills them with facts."""
