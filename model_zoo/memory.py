"""Running out of memory, however the library in charge puts it."""

SENTENCE = "There is not enough free memory for this. Choose fewer or smaller pictures, or fewer runs."


def ran_out(error: BaseException) -> bool:
    """Say whether `error` means that the machine or its GPU had no memory left; torch needs no import for that."""
    said = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and ("can't allocate memory" in said or "out of memory" in said))
    )
