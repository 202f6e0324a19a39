# Tests of functions/ that need Python, Java and AWS's runtime clients (make functions-check).
# SPILLWAY is the program, as seen from the top folder.
set -eu
cd "$(dirname "$0")"
export PYTHONDONTWRITEBYTECODE=1
python3 -m unittest -q test_deployment
python3 -m unittest -q test_runtimes
sh runs.sh
../../build/functions/clients/bin/python3 -m unittest -q test_clients
../../build/functions/clients/bin/python3 -W ignore::ResourceWarning -m unittest -q test_attempts
