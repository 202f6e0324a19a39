#!/bin/sh
# builds.sh: the same bytes without optimisation and from another compiler. Not part
# of `make check`, because it builds the program twice more. From the project's folder.
set -eu
make -j"$(nproc)" spillway
make -j"$(nproc)" MODE=O0 build/O0/spillway
OTHERS=build/O0/spillway
if command -v clang >/dev/null; then
    make -j"$(nproc)" MODE=clang build/clang/spillway
    OTHERS="$OTHERS build/clang/spillway"
else
    echo 'clang is not installed: only MODE=O0 is compared'
fi
export OTHERS
SPILLWAY=./spillway sh tests/scripts/test-determinism.sh
