"""How large a file may be once it is unpacked; an honest file of ten megabytes stays far below."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on decoding. Times in seconds, sizes in bytes unless a field says otherwise."""

    pixels: int = 40_000_000
    longest_side: int = 12_000
    pages: int = 300
    characters: int = 20_000_000
    shortest_recording: float = 0.2
    longest_recording: float = 300.0
    highest_sample_rate: int = 192_000
    quiet_share: float = 0.9
    clipped_share: float = 0.2
    zip_members: int = 2_000
    zip_member: int = 20_000_000
    zip_total: int = 60_000_000
    rows: int = 200_000

    # The wall around one file: address space, processor time, wall-clock time, largest file written.
    memory: int = 1024 * 2**20
    processor: int = 20
    patience: int = 60
    written: int = 96 * 2**20
