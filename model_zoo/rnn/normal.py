"""Text as networks read it: Unicode's NFC, and no characters that nobody sees. No heavy library."""

import re
import unicodedata

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ud800-\udfff]")  # control, and halves of characters


def normalised(text: str) -> str:
    """Give text in Unicode's NFC, characters that nobody sees and runs of space as one space."""
    return " ".join(UNSEEN.sub(" ", unicodedata.normalize("NFC", text)).split())
