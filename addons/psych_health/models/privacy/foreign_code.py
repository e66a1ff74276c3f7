"""The gate is shut while any code that lies in the database runs, and while what it left behind runs.

Two functions of the server are wrapped, because no model method stands before all their callers: server actions,
manual fields, rules, names of reports, filters and defaults are all evaluated by ``safe_eval``; and code that runs
shut may leave a hook in a transaction that would run later, when the gate is open again. The wrappers do nothing
else, and nothing at all where nobody stands at the door. See odoo-traps 1 and docs/security.md.
"""

import functools

from odoo.tools import misc, safe_eval

from ...tools import door


def _shut(function, why):
    @functools.wraps(function)
    def closed(*args, **kwargs):
        with door.shut(why):
            return function(*args, **kwargs)

    return closed


def _wrap_evaluation():
    evaluate = safe_eval.unsafe_eval
    if not hasattr(evaluate, "__wrapped__"):
        safe_eval.unsafe_eval = _shut(evaluate, "code of the database")


def _wrap_hooks():
    add = misc.Callbacks.add
    if hasattr(add, "__wrapped__"):
        return

    @functools.wraps(add)
    def add_as_it_came(self, func):
        return add(self, _shut(func, "hook of shut code") if door.is_shut() else func)

    misc.Callbacks.add = add_as_it_came


_wrap_evaluation()
_wrap_hooks()
