import logging
import re

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.modules.registry import Registry
from odoo.tools.translate import LazyTranslate

from ...tools import door

_lt = LazyTranslate(__name__)
_logger = logging.getLogger(__name__)
BEARER = re.compile(r"^bearer\s+\S", re.IGNORECASE)
NOT_LOGGED = _lt(
    "The reading log cannot be written, so nothing is shown. Please tell the operator of the system."
)


class IrHttp(models.AbstractModel):
    """The dispatcher: names who stands at the door, and writes the reading log (traps 2, 4, 5).

    Both happen around the endpoint alone. What runs before (routing, model converters) and after
    (flush, commit, session) finds nobody at the door and opens nothing.
    """

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        with door.scope(cls._psych_identity(endpoint), request.httprequest.path) as scope:
            try:
                result = super()._dispatch(endpoint)
            except BaseException:
                cls._psych_write_log(scope)
                raise
            cls._psych_write_log(scope)
            return result

    @classmethod
    def _psych_identity(cls, endpoint):
        """Return who is signed in, or None: token doors name themselves by ``door.arrive``."""
        uid = request.env.uid
        if not uid or uid in cls._get_public_users():
            return None
        bearer = BEARER.match(request.httprequest.headers.get("Authorization") or "")
        if endpoint.routing["auth"] == "bearer" and bearer:
            return door.Identity(door.KIND_API_KEY, uid)
        if request.session.uid == uid:
            return door.Identity(door.KIND_SESSION, uid)
        return None

    @classmethod
    def _psych_write_log(cls, scope):
        """Write the openings of the request by an own cursor; no log, no response.

        :raises UserError: without chained text of the request, when the log cannot be written
        """
        done = request.__dict__.setdefault("psych_logged", set())
        todo = {key: what for key, what in scope.openings.items() if key not in done}
        if not todo:
            return
        try:
            for database in {key[0] for key in todo}:
                rows = {key[1:]: what for key, what in todo.items() if key[0] == database}
                with Registry(database).cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["psych.access.log"]._record(scope, rows)
        except Exception as error:
            _logger.error("The reading log was not written: %s", type(error).__name__)
            raise UserError(str(NOT_LOGGED)) from None
        done.update(todo)
