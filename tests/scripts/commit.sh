#!/bin/sh
# Prints the commit this tree is at, "-dirty" when files differ from it, and
# "unknown" outside its own repository (a source archive inside another one, say).
export GIT_OPTIONAL_LOCKS=0
top=$(git rev-parse --show-toplevel 2>/dev/null) && [ "$(cd "$top" && pwd -P)" = "$(pwd -P)" ] &&
    git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown
