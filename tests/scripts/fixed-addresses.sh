#!/bin/sh
# Runs a command with address randomisation off where the system allows it.
if setarch "$(uname -m)" -R true 2>/dev/null; then
    exec setarch "$(uname -m)" -R "$@"
fi
exec "$@"
