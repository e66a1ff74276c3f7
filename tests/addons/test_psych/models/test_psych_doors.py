"""Non-interference: what a person may not read must not change anything that any door shows to this person.

One call of `knock` runs in the person's own session. It asks every door of every model (introspection), changes by SQL
whatever the person may not read (the student becomes the twin, another level, another day, another author), asks again
and rolls back. A door whose answer changed is a leak; doors that change by themselves (clocks) are asked a third time.
"""

import inspect
import json
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.service.model import get_public_method
from odoo.tools import SQL

DATES = ("date", "datetime")
ROSTER = {  # rows that say who may read what: changing them would change rights, not secrets
    "psych.membership",
    "psych.scope",
    "psych.roster.line",
    "psych.roster.handover",
    "psych.access.log",
    "psych.lockout",
}
NOISE = {"create_uid", "create_date", "write_uid", "write_date", "id", "row_key", "company_id"}
PLACES_OF_CORE = {
    "ir.attachment",
    "ir.filters",
    "ir.default",
    "ir.exports",
}  # the rest of ir.* is the program itself


class TestPsychDoors(models.AbstractModel):
    """Asks all doors as the person who calls."""

    _name = "test_psych.doors"
    _description = "Doors of the real models"

    # ------------------------------------------------------------------ what is secret

    @api.model
    def _about_students(self):
        """:return: stored models of both addons whose rows are about a student, directly or over one step"""
        real = [
            name
            for name, model in self.env.registry.items()
            if name.startswith("psych.") and not model._abstract and not model._transient and model._auto
        ]
        points_at = lambda names: {  # noqa: E731
            name
            for name in real
            if any(
                f.type == "many2one" and f.store and f.comodel_name in names
                for f in self.env[name]._fields.values()
            )
        }
        direct = points_at({"psych.student"}) - ROSTER
        confidential = {n for n in real if hasattr(self.env.registry[n], "_psych_content_right")}
        near = direct | confidential
        below = {
            n for n in points_at(near) if n.startswith(("psych.crisis.", "psych.session", "psych.response"))
        }
        names = near | below | {"psych.occupation", "psych.outbox"} & set(real)
        return [
            *sorted(names - ROSTER - {"psych.student"}),
            "psych.student",
        ]  # the twin is found by its number

    @api.model
    def _hidden(self, name):
        """:return: (whether the person may read the table at all, ids of rows the person may not read)"""
        self.env.cr.execute(SQL("SELECT id FROM %s", SQL.identifier(self.env[name]._table)))
        everything = {row[0] for row in self.env.cr.fetchall()}
        model = self.env[name].with_context(active_test=False)
        if name == "psych.student":
            everything -= self._named_in_own_rows()
        if not model.has_access("read"):
            return False, everything
        return True, everything - set(model.search([("id", "!=", 0)])._ids)

    @api.model
    def _named_in_own_rows(self):
        """:return: ids of students whom a row names that the person may read: a case, a post of a cadre"""
        ids = set()
        for name in [*self._about_students(), "psych.membership"]:
            model = self.env[name].with_context(active_test=False)
            paths = [f.name for f in model._fields.values() if f.store and f.comodel_name == "psych.student"]
            if name != "psych.student" and model.has_access("read"):
                for path in paths:
                    ids.update(model.search([("id", "!=", 0)]).mapped(path)._ids)
        return ids

    # ------------------------------------------------------------------ the change

    @api.model
    def _scramble(self):
        """Change what is hidden from the person. :return: ``{model: columns}`` that were changed"""
        changed, skipped = {}, []
        for name in self._about_students():
            opens, ids = self._hidden(name)
            if ids:
                changed[name] = [
                    field.name
                    for field in self.env[name]._fields.values()
                    if field.store
                    and field.column_type
                    and field.name not in NOISE
                    and self._scramble_column(name, field, ids, opens, skipped)
                ]
        return changed, skipped

    @api.model
    def _other_value(self, field):
        column = SQL.identifier(field.name)
        if field.model_name == "psych.student":  # who one is: the rest says who may read the row
            return SQL("'Y' || %s", column) if field.name in ("name", "number", "phone") else None
        if field.type == "many2one" and field.comodel_name == "psych.student":
            return SQL(
                "(SELECT twin.id FROM psych_student s JOIN psych_student twin ON twin.number = 'T' || s.number "
                "AND twin.company_id = s.company_id WHERE s.id = %s)",
                column,
            )
        if field.type == "many2one" and field.comodel_name == "res.users":
            return SQL("(SELECT id FROM res_users WHERE login = 'nobody')")
        if field.type == "many2one" and field.comodel_name.startswith("psych.crisis.case"):
            other = SQL.identifier(self.env[field.comodel_name]._table)
            own = SQL.identifier(self.env[field.model_name]._table)
            schools = [self.env[n]._fields.get("company_id") for n in (field.comodel_name, field.model_name)]
            if not all(school is not None and school.store for school in schools):
                return SQL("(SELECT max(id) FROM %s)", other)
            return SQL("(SELECT max(x.id) FROM %s x WHERE x.company_id = %s.company_id)", other, own)
        if field.type == "selection":
            values = field.get_values(self.env)
            other = SQL(" ").join(
                SQL("WHEN %s THEN %s", value, values[(index + 1) % len(values)])
                for index, value in enumerate(values)
            )
            return SQL("CASE %s %s END", column, other)
        if field.type == "boolean":
            return SQL("NOT %s", column)
        if field.type in ("integer", "float", "monetary"):
            return SQL("%s + 1", column)
        if field.type in DATES:
            return SQL("%s + interval '1 day'", column)
        if field.type == "char" and not field.translate:
            return SQL("'Y' || %s", column)
        return None

    @api.model
    def _scramble_column(self, name, field, ids, opens, skipped):
        value = self._other_value(field)
        if value is None:
            return False
        cr = self.env.cr
        table, column = SQL.identifier(self.env[name]._table), SQL.identifier(field.name)
        cr.execute("SAVEPOINT psych_column")
        try:
            cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id IN %s AND %s IS NOT NULL AND (%s) IS NOT NULL",
                    table, column, value, tuple(ids), column, value,
                ),
                log_exceptions=False,
            )  # fmt: skip
            rows = cr.rowcount
            self.env.invalidate_all()
            if rows and opens and self._hidden(name)[1] != ids:
                raise ValueError("the rows would not be hidden any more")
        except Exception as error:  # noqa: BLE001
            cr.execute("ROLLBACK TO SAVEPOINT psych_column")
            skipped.append(f"{name}.{field.name}: {str(error).splitlines()[0]}")
            return False
        cr.execute("RELEASE SAVEPOINT psych_column")
        return bool(rows)

    # ------------------------------------------------------------------ the doors

    @api.model
    def _probes(self, secret, everything, only=""):
        """Yield (key, model, method, args, kwargs) of all doors.

        :param secret: models whose rows are about students
        :param everything: also columns and relations that lead nowhere near a student (by hand; takes minutes)
        """
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract or (name.startswith("test_psych") and name != only):
                continue
            if not model.has_access("read"):
                if name in secret:
                    yield f"{name} search_count", name, "search_count", [[]], {}
            elif model._transient:
                if name.startswith("psych."):
                    yield f"{name} default_get", name, "default_get", [list(model._fields)], {}
            else:
                yield from self._probes_of(model, secret, everything)
        yield from self._typed_ids(secret)

    @api.model
    def _probes_of(self, model, secret, everything):
        name = model._name
        ours = name.startswith("psych.")
        if name.startswith("ir.") and name not in PLACES_OF_CORE and not everything:
            return
        readable = [f for f in model.fields_get(attributes=["type"]) if not self._is_file(model._fields[f])]
        names = [f for f in readable if f != "id"]
        context = {"active_test": False, "bin_size": True}
        wide = {f: {} for f in names}
        yield (
            f"{name} search_read",
            name,
            "search_read",
            [[], names],
            {"limit": 300, "order": "id", "context": context},
        )
        yield f"{name} name_search", name, "name_search", [""], {"limit": 300}
        if not ours and not everything:
            return
        nested = {
            f: self._nested(model._fields[f])
            for f in names
            if self._leads(model._fields[f], secret, everything)
        }
        for f, spec in nested.items():
            yield (
                f"{name} nested {f}", name, "web_search_read", [[], {f: spec}],
                {"limit": 100, "order": "id", "context": context},
            )  # fmt: skip
        yield f"{name} default_get", name, "default_get", [names], {}
        yield f"{name} onchange", name, "onchange", [{}, [], wide], {}
        for f, field in model._fields.items():
            if self._leads(field, secret, everything) or not (field.store or field.relational):
                yield from self._probes_of_field(name, f, field, secret, everything)

    @api.model
    def _buttons(self, name):
        """Yield the public methods of our own code that a client may call on records without further words."""
        for cls in type(self.env[name]).__mro__:
            if not cls.__module__.startswith("odoo.addons.psych_"):
                continue
            for method, function in vars(cls).items():
                if (
                    method.startswith("_")
                    or not inspect.isfunction(function)
                    or getattr(function, "_api_private", False)
                ):
                    continue
                needed = [
                    parameter
                    for parameter in list(inspect.signature(function).parameters.values())[1:]
                    if parameter.default is parameter.empty
                    and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
                ]
                if not needed and method not in ("create", "write", "unlink", "read", "copy"):
                    yield method

    @api.model
    def _pressed(self, secret):
        """Yield the buttons of rows that the person may not read."""
        for name in sorted(secret):
            _opens, ids = self._hidden(name)
            for method in sorted(set(self._buttons(name))):
                for row_id in sorted(ids)[:2]:
                    yield f"{name} {method}() {row_id}", name, method, [], {"ids": [row_id]}

    @api.model
    def _leads(self, field, secret, everything):
        """Whether a relation leads to rows about students, or to people and hours of core."""
        return field.relational and (
            everything
            or field.comodel_name in secret
            or field.comodel_name.startswith(("calendar.", "mail."))
            or (field.comodel_name.startswith("psych.") and field.type != "many2one")
        )

    @api.model
    def _typed_ids(self, secret):
        """Yield forms and wizards in which the person types the id of a row that is hidden from him."""
        hidden = {name: sorted(self._hidden(name)[1])[:2] for name in secret}
        for name in sorted(self.env.registry):
            model = self.env[name]
            leading = [
                f
                for f, field in model._fields.items()
                if field.type == "many2one" and field.comodel_name in secret
            ]
            if not leading or name.startswith("test_psych") or (model._abstract and not model._transient):
                continue
            spec = {
                f: {"fields": {"display_name": {}}} if field.relational else {}
                for f, field in model._fields.items()
                if not self._is_file(field) and model._has_field_access(field, "read")
            }
            for f in leading:
                for row_id in hidden[model._fields[f].comodel_name]:
                    values = {f: row_id}
                    yield f"{name} typed {f} {row_id}", name, "onchange", [values, [f], spec], {}
                    written = {f: {"id": row_id}}
                    yield f"{name} written {f} {row_id}", name, "onchange", [written, [f], spec], {}
                    context = {"context": {f"default_{f}": row_id}}
                    yield f"{name} opened {f} {row_id}", name, "onchange", [{}, [], spec], context
                    if model.has_access("create"):
                        yield f"{name} saved {f} {row_id}", name, "web_save", [values, spec], {}

    @api.model
    def _is_file(self, field):
        return field.type in ("binary", "image") or field.comodel_name in ("ir.attachment",)

    @api.model
    def _nested(self, field):
        target = self.env[field.comodel_name]
        names = [f for f in target._fields if not self._is_file(target._fields[f])]
        if target.has_access("read"):
            names = [f for f in target.fields_get(attributes=["type"]) if f in names]
        return {"fields": {f: {} for f in names if f != "id"}}

    @api.model
    def _probes_of_field(self, name, f, field, secret, everything):
        context = {"context": {"active_test": False}}
        yield f"{name} != {f}", name, "search", [[(f, "!=", False)]], {**context, "order": "id"}
        yield f"{name} order {f}", name, "search", [[]], {**context, "order": f"{f}, id"}
        yield f"{name} group {f}", name, "formatted_read_group", [[], [f], ["__count"]], context
        yield f"{name} agg {f}", name, "formatted_read_group", [[], [], [f"{f}:array_agg"]], context
        if field.type in ("many2one", "selection"):
            yield (
                f"{name} panel {f}", name, "search_panel_select_range", [f], {"enable_counters": True, "limit": False}
            )  # fmt: skip
        if field.type in ("many2one", "many2many", "selection"):
            yield (
                f"{name} multi {f}", name, "search_panel_select_multi_range", [f],
                {"enable_counters": True, "limit": False, "expand": True},
            )  # fmt: skip
        if field.relational:
            yield from self._probes_through(name, f, field, secret, everything, context)
        else:
            for value in ("Y", 1, "2026-11-27"):
                yield f"{name} > {f} {value}", name, "search", [[(f, ">", value)]], context
            yield f"{name} like {f}", name, "search", [[(f, "ilike", "Y")]], context

    @api.model
    def _probes_through(self, name, f, field, secret, everything, context):
        target = self.env[field.comodel_name]
        for operator in ("any", "not any", "any!"):
            yield f"{name} {operator} {f}", name, "search", [[(f, operator, [("id", "!=", 0)])]], context
        yield f"{name} named {f}", name, "search", [[(f, "ilike", "Twin")]], context
        yield f"{name} in {f}", name, "search", [[(f, "in", list(range(1, 60)))]], context
        if field.comodel_name not in secret:
            return
        for g, other in target._fields.items():
            path = f"{f}.{g}"
            if other.comodel_name == "psych.student":
                yield f"{name} group {path}", name, "formatted_read_group", [[], [path], ["__count"]], context
            condition = self._value_of(g, other) or (everything and (g, "!=", False))
            if condition:
                yield (
                    f"{name} path {path}",
                    name,
                    "search",
                    [[(f"{f}.{condition[0]}", *condition[1:])]],
                    context,
                )
            if everything and other.relational and other.comodel_name in secret:
                yield f"{name} any {path}", name, "search", [[(path, "any", [("id", "!=", 0)])]], context

    @api.model
    def _value_of(self, name, field):
        """:return: a condition that depends on the value, as a person would guess it"""
        if field.type == "many2one" and field.comodel_name == "psych.student":
            return f"{name}.name", "ilike", "Twin"
        if field.type == "selection" and field.store:
            return name, "=", field.get_values(self.env)[0]
        if field.type in ("integer", "float", "boolean") and field.store and name != "id":
            return name, "=", 1
        return None

    @api.model
    def _ask(self, probe):
        """:return: the answer of one door as text"""
        _key, name, method, args, kwargs = probe
        model = self.env[name]
        kwargs = dict(kwargs)
        context = {**self.env.context, **kwargs.pop("context", {})}
        cr = self.env.cr
        try:
            call = get_public_method(model, method)
            records = model.with_context(**context).browse(kwargs.pop("ids", ()))
            answer = call(records, *args, **kwargs)
            if isinstance(answer, models.BaseModel):
                answer = answer.ids
            answer = json.dumps(answer, default=str, sort_keys=True, ensure_ascii=False)
        except (
            AccessError
        ):  # the text names the school to switch to, and no record (see test_refusals_name_nobody)
            answer = "AccessError"
            self.env.clear()
            cr.execute("ROLLBACK TO SAVEPOINT psych_door")
        except Exception as error:  # noqa: BLE001
            answer = f"{type(error).__name__}: {error}"
            self.env.clear()
            cr.execute("ROLLBACK TO SAVEPOINT psych_door")
        return answer

    @api.model
    def _ask_all(self, probes):
        """:return: ``{door: answer}``"""
        self.env.cr.execute("SAVEPOINT psych_door")
        answers = {probe[0]: self._ask(probe) for probe in probes}
        self.env.clear()
        self.env.cr.execute("ROLLBACK TO SAVEPOINT psych_door")
        self.env.cr.execute("RELEASE SAVEPOINT psych_door")
        return answers

    @api.model
    def knock(self, everything=False, only=""):
        """Ask, change what is hidden, ask again, undo.

        :return: doors asked, answers by kind, columns changed, leaks as ``[door, before, after]``
        """
        cr = self.env.cr
        secret = set(self._about_students())
        probes = [probe for probe in self._probes(secret, everything, only) if only in probe[0]]
        before = self._ask_all(probes)
        cr.execute("SAVEPOINT psych_secret")
        changed, skipped = self._scramble()
        self.env.invalidate_all()
        after = self._ask_all(probes)
        cr.execute("ROLLBACK TO SAVEPOINT psych_secret")
        self.env.invalidate_all()
        suspects = [probe for probe in probes if before[probe[0]] != after[probe[0]]]
        again = self._ask_all(suspects)  # doors that change by themselves show a clock
        leaks = [
            [key, *self._difference(before[key], after[key])] for key in again if again[key] == before[key]
        ]
        kinds = defaultdict(int)
        for key, answer in before.items():
            kinds[key.split()[1], answer.partition(":")[0] if answer[:1].isupper() else "answer"] += 1
        kinds = {" ".join(kind): count for kind, count in kinds.items()}
        return {"doors": len(probes), "kinds": kinds, "changed": changed, "skipped": skipped, "leaks": leaks}

    @api.model
    def press(self):
        """Press every button on rows that are hidden from the person, undo. :return: ``{button: answer}``"""
        answers = {}
        for probe in list(self._pressed(self._about_students())):
            answers.update(self._ask_all([probe]))
        for hooks in (self.env.cr.precommit, self.env.cr.postcommit):
            hooks.clear()
        return answers

    @api.model
    def _difference(self, before, after):
        first = next(
            (i for i, (a, b) in enumerate(zip(before, after)) if a != b), min(len(before), len(after))
        )
        start = max(0, first - 200)
        return before[start : first + 200], after[start : first + 200]
