# Tests of functions/ that need Python, Java and AWS's runtime clients (make functions-check).
# SPILLWAY is the program.
set -eu
cd "$(dirname "$0")"
PYTHONDONTWRITEBYTECODE=1 python3 test_deployment.py
