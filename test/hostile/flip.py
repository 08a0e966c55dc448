"""Exchanges names below private directories with a link to another tree, each as soon as it appears, until it is killed.

    flip.py PARENT PREFIX COUNT OUTSIDE DECOYS HOLD

In the directories of PARENT whose names begin with PREFIX it waits for the names n0000, n0001 and so on, COUNT of them.
Each is exchanged with a symbolic link to OUTSIDE that it keeps in the directory DECOYS, and after up to HOLD turns of a
loop exchanged back. Names that were there already are late, so it skips some to be early for the next. It prints one line
once it is at work, and when it is told to stop (SIGTERM) how often it exchanged something early.
"""

import ctypes
import os
import signal
import sys

parent, prefix, count, outside, decoys, hold = sys.argv[1:]
count, hold = int(count), int(hold)
link = os.fsencode(os.path.join(decoys, "link"))
libc = ctypes.CDLL(None, use_errno=True)
renameat2, AT_FDCWD, RENAME_EXCHANGE = libc.renameat2, -100, 2
names = [b"n%04d" % number for number in range(count)]
early = 0


def stop(*_):
    print(early, flush=True)
    os._exit(0)


def renew_link():
    """Who is removed in the middle of an exchange takes the link along."""
    if not os.path.islink(link):
        if os.path.lexists(link):
            os.rename(link, os.path.join(os.fsencode(decoys), b"lost%d" % len(os.listdir(decoys))))
        os.symlink(outside, link)


def race(tops):
    global early
    exchanged = number = attempts = 0
    while number < count and (attempts % 1000 or os.path.isdir(tops[0])):
        for top in tops:
            name = top + b"/" + names[number]
            if renameat2(AT_FDCWD, name, AT_FDCWD, link, RENAME_EXCHANGE) == 0:
                for _ in range(exchanged * 37 % hold):
                    pass
                renameat2(AT_FDCWD, name, AT_FDCWD, link, RENAME_EXCHANGE)
                exchanged += 1
                early += attempts > 0
                number += 1 if attempts else 25
                attempts = 0
                break
        else:
            attempts += 1


signal.signal(signal.SIGTERM, stop)
renew_link()
print("at work", flush=True)
while True:
    found = [os.fsencode(os.path.join(parent, name)) for name in os.listdir(parent) if name.startswith(prefix)]
    if found:
        renew_link()
        race(found)
