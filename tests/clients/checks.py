"""What the clients check with: the first check that fails ends the script."""

import sys

passed = 0


def check(what, truth):
    """Counts a truth, or says what is none and ends."""
    global passed
    if not truth:
        sys.exit(f"failed: {what}")
    passed += 1


def raises(kind, call):
    """Returns the error of this kind that a call raises, or says that it does not and ends."""
    try:
        call()
    except kind as error:
        check(kind.__name__, True)
        return error
    sys.exit(f"failed: no {kind.__name__}")


def report(client):
    """Says how many checks of a client passed."""
    print(f"{client}: {passed} checks passed")
