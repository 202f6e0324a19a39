"""Handlers that misbehave, for functions/check/test_runtimes.py."""

import os
import time


def recurse(event, context):
    """An exception with a thousand frames."""
    return recurse(event, context)


def leave(_event, _context):
    os._exit(3)


def environment(_event, _context):
    return {"names": sorted(os.environ), "folder": os.getcwd(), "home": os.environ.get("HOME")}


def context(_event, ctx):
    return {"id": ctx.aws_request_id, "arn": ctx.invoked_function_arn, "name": ctx.function_name,
            "memory": ctx.memory_limit_in_mb, "left": ctx.get_remaining_time_in_millis(),
            "client": ctx.client_context.custom if ctx.client_context else None}


def sleep(event, _context):
    time.sleep(event)
    return event
