"""Libraries that make calls of the system fail for the processes that preload them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Below the directory $BAD alone, or EVERYWHERE: LOCKS fail with ENOLCK, else reading and writing
# the ledger with EIO.
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef EVERYWHERE
static int below(int fd, const char *end) { return 1; }
#else
static int below(int fd, const char *end) {
  char link[64], path[4096]; const char *bad = getenv("BAD");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (!bad || n <= 0) return 0;
  path[n] = 0;
  return !strncmp(path, bad, strlen(bad)) && strstr(path, end);
}
#endif
#ifdef LOCKS
int fcntl64(int fd, int cmd, ...) {
  va_list list; va_start(list, cmd); void *arg = va_arg(list, void *); va_end(list);
  if ((cmd == F_SETLK || cmd == F_SETLKW || cmd == F_OFD_SETLK) && below(fd, "")) {
    errno = ENOLCK; return -1;
  }
  static int (*real)(int, int, ...);
  if (!real) real = (int (*)(int, int, ...))dlsym(RTLD_NEXT, "fcntl64");
  return real(fd, cmd, arg);
}
int fcntl(int fd, int cmd, ...) {
  va_list list; va_start(list, cmd); void *arg = va_arg(list, void *); va_end(list);
  return fcntl64(fd, cmd, arg);
}
#else
#define FAILS(name, type) \
  ssize_t name(int fd, type *data, size_t size, off_t at) { \
    static ssize_t (*real)(int, type *, size_t, off_t); \
    if (below(fd, "ledger.db")) { errno = EIO; return -1; } \
    if (!real) real = (ssize_t (*)(int, type *, size_t, off_t))dlsym(RTLD_NEXT, #name); \
    return real(fd, data, size, at); \
  }
FAILS(pread, void) FAILS(pread64, void) FAILS(pwrite, const void) FAILS(pwrite64, const void)
#endif
"""


def built(place: Path, *defined: str) -> str:
    """The library below `place`, with these names of the source defined; what preloads it."""
    if not shutil.which("gcc"):
        pytest.skip("no C compiler")
    source, library = place / "shim.c", place / "shim.so"
    source.write_text(SOURCE)
    words = [f"-D{name}" for name in defined]
    command = ["gcc", "-shared", "-fPIC", *words, "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return str(library)
