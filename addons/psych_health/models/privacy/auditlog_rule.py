from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools import audit_pause, bulk, clock, confidential

#: columns that say what the log itself says: which record, by whom, when
NOT_LOGGED = {"id", "display_name", "create_uid", "create_date", "write_uid", "write_date"}
#: fields of the chatter and its activities; a message is its own record of itself
CHATTER = ("message_", "activity_", "website_message_")


class Names(list):
    """Names of fields; the log asks for each field of each record whether it is among them."""

    def __init__(self, names):
        super().__init__(names)
        self.known = frozenset(self)

    def __contains__(self, name):
        return name in self.known


class AuditlogRule(models.Model):
    """The audit log of changes keeps old and new values in clear, so it takes no confidential model (trap 13)."""

    _inherit = "auditlog.rule"

    @api.constrains("model_id", "state")
    def _check_psych_confidential(self):
        for rule in self:
            if confidential.is_confidential(self.env, rule.model_id.model):
                raise ValidationError(
                    self.env._("Models with confidential content are not on the log of changes.")
                )

    @api.model
    def get_auditlog_fields(self, model):
        """Leave the chatter out: it is read anew for every record and says nothing about the record's own change."""
        return Names(name for name in super().get_auditlog_fields(model) if not name.startswith(CHATTER))

    def create_logs(
        self,
        uid,
        res_model,
        res_ids,
        method,
        old_values=None,
        new_values=None,
        additional_log_values=None,
    ):
        """Write nothing while the generator builds the invented college of an empty school; write many rows at once."""
        if audit_pause.is_paused():
            return None
        if len(res_ids) < 2 or method not in ("create", "write"):
            return super().create_logs(
                uid, res_model, res_ids, method, old_values, new_values, additional_log_values
            )
        log = {"model_id": self.pool._auditlog_model_cache[res_model], "user_id": uid, "method": method}
        log |= additional_log_values or {}
        self._insert_logs(log, *self._logs_of(log, res_model, res_ids, old_values or {}, new_values or {}))
        return None

    @api.model
    def _log_created(self, records, values):
        """Log ``records`` that were written past ``create()`` as ``create()`` logs them: not while modules are being loaded.

        :param values: ``{record id: {field: value as read}}``
        """
        if records._name not in getattr(self.pool, "_auditlog_model_cache", ()):
            return
        # named seam: whoever writes is logged without being able to read the rules
        rule = self.sudo().search(
            [("model_id.model", "=", records._name), ("state", "=", "confirmed"), ("log_create", "=", True)]
        )
        if rule and self.env.user not in rule.users_to_exclude_ids:
            rule.create_logs(
                self.env.uid, records._name, records.ids, "create", None, values, {"log_type": rule.log_type}
            )

    def _create_log_line_on_create(self, log_vals, fields_list, new_values, fields_to_exclude):
        """Keep what was filled in of a new record, for an import makes hundreds of them (see :meth:`_is_filled_in`)."""
        model = self.env[self.env["ir.model"].browse(log_vals["model_id"]).model]
        values = new_values.get(log_vals["res_id"], {})
        names = [name for name in fields_list if values.get(name) and self._is_filled_in(model, name)]
        return super()._create_log_line_on_create(log_vals, names, new_values, fields_to_exclude)

    @api.model
    def _is_filled_in(self, model, name):
        """Whether somebody gave the field its first value; what the program works out from other fields follows from these."""
        field = model._fields[name]
        return not (field.compute and field.readonly)

    # ----------------------------------------------------------------------
    # Many records at once: a roster or a change of the year makes hundreds of posts in one call
    # ----------------------------------------------------------------------

    def _logs_of(self, log, res_model, res_ids, old_values, new_values):
        """Return what the log has to say: ``({record id: name}, [(record id, line values)])``, as one by one."""
        model_id = log["model_id"]
        excluded = self.search([("model_id", "=", model_id)]).fields_to_exclude_ids.mapped("name")
        model, made = self.env[res_model], log["method"] == "create"
        logged = [
            (name, field)
            for name in self.get_auditlog_fields(model)
            if name not in NOT_LOGGED
            and name not in excluded
            and (not made or self._is_filled_in(model, name))
            and (field := self._get_field(model_id, name))
        ]
        lines = []
        for res_id in res_ids:
            old, new, log_vals = (
                old_values.get(res_id, {}),
                new_values.get(res_id, {}),
                log | {"res_id": res_id},
            )
            for name, field in logged:
                if made and new.get(name):
                    lines.append((res_id, self._prepare_log_line_vals_on_create(log_vals, field, new_values)))
                elif not made and name in old and name in new and old[name] != new[name]:
                    lines.append(
                        (
                            res_id,
                            self._prepare_log_line_vals_on_write(log_vals, field, old_values, new_values),
                        )
                    )
        touched = model.browse(dict.fromkeys(res_id for res_id, _vals in lines))
        return {record.id: record.display_name for record in touched}, lines

    def _insert_logs(self, log, names, lines):
        """Write the logs of ``names`` and their ``lines``: two statements, whatever their number."""
        if not lines:
            return
        cr, now = self.env.cr, clock.now()
        model = self.env["ir.model"].browse(log["model_id"])
        common = log | {
            "model_name": model.name,
            "model_model": model.model,
            "http_request_id": self.env["auditlog.http.request"].current_http_request() or None,
            "http_session_id": self.env["auditlog.http.session"].current_http_session() or None,
            **dict.fromkeys(("create_uid", "write_uid"), self.env.uid),
            **dict.fromkeys(("create_date", "write_date"), now),
        }
        ids = dict(zip(names, bulk.new_ids(cr, "auditlog_log", len(names)), strict=True))
        bulk.copy_rows(
            cr,
            "auditlog_log",
            ["id", "res_id", "name", *common],
            [(ids[res_id], res_id, (name or "")[:64], *common.values()) for res_id, name in names.items()],
        )
        fields = self.env["ir.model.fields"].browse({vals["field_id"] for _id, vals in lines})
        labels = {field.id: (field.id, field.name, field.field_description) for field in fields}
        texts = ("old_value", "new_value", "old_value_text", "new_value_text")
        bulk.copy_rows(
            cr,
            "auditlog_log_line",
            ["log_id", "field_id", "field_name", "field_description", *texts]
            + [
                "create_date",
                "write_date",
            ],  # who it was stands in the log; each further foreign key costs a check a line
            [
                (
                    ids[res_id],
                    *labels[vals["field_id"]],
                    *(None if vals[name] is False else str(vals[name]) for name in texts),
                    now,
                    now,
                )
                for res_id, vals in lines
            ],
        )
