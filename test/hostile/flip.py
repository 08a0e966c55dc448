"""Exchanges names below private directories with a link to another tree, each as soon as it appears, until it is killed.

    flip.py PARENT PREFIX COUNT LINK

In the directories of PARENT whose names begin with PREFIX it waits for the names n0000, n0001 and so on, COUNT of them.
Each is exchanged with the symbolic link LINK, and a moment later exchanged back; names that were there already are late,
so it skips some to be early for the next. It prints one line once it is at work, and when it is told to stop (SIGTERM)
how often it exchanged something early.
"""

import ctypes
import os
import signal
import sys

parent, prefix, count, link = sys.argv[1], sys.argv[2], int(sys.argv[3]), os.fsencode(sys.argv[4])
libc = ctypes.CDLL(None, use_errno=True)
renameat2, AT_FDCWD, RENAME_EXCHANGE = libc.renameat2, -100, 2
names = [b"n%04d" % number for number in range(count)]
early = 0


def stop(*_):
    print(early, flush=True)
    os._exit(0)


def race(tops):
    global early
    exchanged = number = attempts = 0
    while number < count and (attempts % 1000 or os.path.isdir(tops[0])):
        for top in tops:
            name = top + b"/" + names[number]
            if renameat2(AT_FDCWD, name, AT_FDCWD, link, RENAME_EXCHANGE) == 0:
                for _ in range(exchanged * 37 % 1500):
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
print("at work", flush=True)
while True:
    found = [os.fsencode(os.path.join(parent, name)) for name in os.listdir(parent) if name.startswith(prefix)]
    if found:
        race(found)
