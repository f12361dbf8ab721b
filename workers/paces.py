"""What was measured of each base on this machine, kept so that a restart need not measure it again."""

import json
import logging
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from datanets.facts import BaseOffer
from workers.machine import Machine
from workers.practice import Practice, practise, read

log = logging.getLogger(__name__)

# Machines change hands and libraries: older measurements are taken anew.
FRESH_SECONDS = 7 * 24 * 3600


@dataclass
class Paces:
    """Practises on bases and tells what it found; `folder` keeps it, `bases` is where the bases lie."""

    folder: Path
    bases: Path
    machine: Machine
    _failed: set[str] = field(default_factory=set)

    def told(self, offer: BaseOffer) -> BaseOffer:
        """The offer with what is known of its pace."""
        known = self._known(offer)
        return replace(offer, spelling=known.spelling, paces=known.paces) if known else offer

    async def practise(self, offer: BaseOffer) -> None:
        """Measure a base that is here and not measured yet; it is tried once."""
        if not offer.ready or offer.id in self._failed or self._known(offer):
            return
        try:
            found = await practise(self.bases / offer.id, self.machine, offer.methods)
        except Exception:
            # Without it the estimate is rougher; nothing else depends on it.
            log.exception("practising on %s failed", offer.id)
            self._failed.add(offer.id)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # In one piece: the heartbeat may read it at any moment.
        written = self._file(offer).with_suffix(".new")
        written.write_text(json.dumps(asdict(found)))
        written.replace(self._file(offer))
        log.info("practised on %s", offer.id)

    def _known(self, offer: BaseOffer) -> Practice | None:
        file = self._file(offer)
        if not file.is_file() or time.time() - file.stat().st_mtime > FRESH_SECONDS:
            return None
        try:
            return read(json.loads(file.read_text()))
        except (ValueError, KeyError, TypeError):
            log.warning("%s cannot be read and is measured anew", file.name)
            return None

    def _file(self, offer: BaseOffer) -> Path:
        return self.folder / f"{offer.id}.{self.machine.device}.{self.machine.precision}.json"
