"""Core's doors that hand out whole tables. The rule stands in ``base._psych_check_taking``."""

import json

from werkzeug.datastructures import FileStorage

from odoo.http import request, route

from odoo.addons.web.controllers.json import WebJsonController
from odoo.addons.web.controllers.pivot import TableExporter


class PsychPivotExport(TableExporter):
    """The spreadsheet of a pivot: what the client already shows, but as a file that travels."""

    @route()
    def export_xlsx(self, data, **kw):
        """Refuse when the pivot stands on a table with names."""
        text = data.read() if isinstance(data, FileStorage) else data
        model = (json.loads(text) or {}).get("model")
        if model in request.env:
            request.env[model]._psych_check_taking()
        return super().export_xlsx(text, **kw)


class PsychJson(WebJsonController):
    """``/json/1``: the view of an action as a file."""

    def _get_action(self, subpath):
        action, *rest = super()._get_action(subpath)
        if action.res_model in request.env:
            request.env[action.res_model]._psych_check_taking()
        return (action, *rest)
