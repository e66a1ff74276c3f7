from collections import defaultdict, namedtuple
from difflib import get_close_matches

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import bulk
from ...tools import roster_clean as rc

UNIT_COLUMNS = ("college", "programme", "entry_year", "class_name", "building", "room")
KEYS = {"building": rc.building_key, "room": rc.room_key}
#: what is kept of a place that is to be created, with the ids of its parent, college and programme
Planned = namedtuple("Planned", "id role name parent college programme year")


class Place:
    """A unit or programme that the file names: known, or planned (to be created; its id is negative until it is settled)."""

    __slots__ = ("id", "role", "name", "key", "parent", "college", "programme", "year", "rows", "planned")

    def __init__(self, id, role, name, parent=None, college=None, programme=None, year=None):
        self.id, self.role, self.name, self.parent = id, role, name, parent
        self.college, self.programme, self.year = college, programme, year
        self.key = KEYS.get(role, rc.unit_key)(name)
        self.rows, self.planned = 0, id < 0


class Directory:
    """All places of one school by what a person may write for them; answers which place a row means."""

    def __init__(self, rows, programmes, refused=()):
        self.by_id, self.planned, self.refused = {}, [], set(refused)
        self.index = defaultdict(list)  # (role, key) -> places
        self.rooms = {}  # (building id, key) -> room
        for row in rows:
            self._add(Place(*row[:4], college=row[5], programme=row[6], year=row[7]), row[4])
        for id, name, code in programmes:
            self._add(Place(id, "programme", name), code)
        for place in [place for place in self.by_id.values() if place.role == "room"]:
            self._add_room(place)

    def _add(self, place, code=None):
        self.by_id[place.id if place.role != "programme" else ("programme", place.id)] = place
        keys = {place.key, KEYS.get(place.role, rc.unit_key)(code) if code else place.key}
        for key in keys:
            self.index[place.role, key].append(place)

    def _add_room(self, place):
        above = self.by_id.get(place.parent)
        if above and above.role == "floor":
            above = self.by_id.get(above.parent)
        if above:
            self.rooms.setdefault((above.id, place.key), place)

    def plan(self, role, name, parent=None, **more):
        """A place to be created; None when the administrator refused it."""
        if (role, KEYS.get(role, rc.unit_key)(name)) in self.refused:
            return None
        place = Place(-len(self.planned) - 1, role, name, parent, **more)
        self.planned.append(place)
        self._add(place)
        return place

    def settle(self, unit_ids, programme_ids):
        """Give the planned places the ids (iterators) under which they will be created, wherever one names another."""
        real = {
            place.id: next(programme_ids if place.role == "programme" else unit_ids) for place in self.planned
        }
        for place in self.planned:
            place.id = real[place.id]
            place.parent = real.get(place.parent, place.parent)
            place.college = real.get(place.college, place.college)
            place.programme = real.get(place.programme, place.programme)
            if place.role != "programme":  # programmes have ids of their own, which may equal those of units
                self.by_id[place.id] = place

    def find(self, role, name):
        return self.index.get((role, KEYS.get(role, rc.unit_key)(name)), [])

    def one(self, role, name):
        """The college, programme or building of this name, planned when unknown; (place, code)."""
        found = self.find(role, name)
        place = found[0] if found else self.plan(role, name)
        return place, None if place else "unit_unknown"

    def class_of(self, college, programme, year, name):
        """(class, code) for the texts of a row."""
        found = self.find("class", name)
        if college:
            found = [place for place in found if place.college == college.id]
        if len(found) > 1 and year:
            found = [place for place in found if place.year == year] or found
        if len(found) == 1:
            return found[0], None
        if found:
            return None, "class_ambiguous"
        if not college:
            return None, "class_no_college"
        year = year or rc.year_of_class(name)
        place = self.plan(
            "class", name, college.id, college=college.id, programme=programme and programme.id, year=year
        )
        return place, None if place else "unit_unknown"

    def room_of(self, building, name):
        """(room, code) in a building."""
        place = self.rooms.get((building.id, rc.room_key(name)))
        if not place:
            if ("room", building.key) in self.refused:
                return None, "unit_unknown"
            place = Place(-len(self.planned) - 1, "room", name, building.id)
            self.planned.append(place)
            self.by_id[place.id] = place
            self.rooms[building.id, place.key] = place
        return place, None


class PsychRosterUnits(models.AbstractModel):
    """Colleges, programmes, classes, buildings and rooms of a roster: which are known, which are to be created."""

    _name = "psych.roster.units"
    _description = "Units named in a roster"

    @api.model
    def _directory(self, company, refused=()):
        """Read all places of the school in two queries.

        :param refused: {(role, key)} that are not to be created
        """
        self.env["psych.unit"].flush_model()
        self.env["psych.programme"].flush_model()
        units = self.env.execute_query(
            SQL(
                """SELECT id, role, name, parent_id, code, college_id, programme_id, entry_year FROM psych_unit
                    WHERE company_id = %s AND active AND role IN ('college', 'class', 'building', 'floor', 'room')
                 ORDER BY id""",
                company.id,
            )
        )
        programmes = self.env.execute_query(
            SQL(
                "SELECT id, name, code FROM psych_programme WHERE company_id = %s AND active ORDER BY id",
                company.id,
            )
        )
        return Directory(units, programmes, refused)

    @api.model
    def _resolve(self, directory, values, size, report):
        """Turn the texts of the rows into places.

        :param values: cleaned columns by field
        :param report: callable (row index, field, code, value) for what cannot be resolved
        :return: list of (class, college, programme, year, room) per row; Place or None, room False: lives outside
        """
        blank = [None] * size
        columns = [values.get(name, blank) for name in UNIT_COLUMNS]
        memo, rooms, out = {}, {}, []
        day = values.get("day_student", blank)
        for index, row in enumerate(zip(*columns, strict=False)):
            study, dorm = row[:4], row[4:]
            if study not in memo:
                memo[study] = self._resolve_study(directory, *study)
            if dorm not in rooms:
                rooms[dorm] = self._resolve_dorm(directory, *dorm)
            (places, problem), (room, trouble) = memo[study], rooms[dorm]
            for found in (problem, trouble):
                if found:
                    report(index, *found)
            for place in (*places[:3], room):
                if place and place.planned:
                    place.rows += 1
            out.append((*places, False if day[index] else room))
        return out

    def _resolve_study(self, directory, college, programme, year, class_name):
        """((class, college, programme, year), problem or None) for one combination of texts."""
        problem = None
        if college:
            name, (college, code) = college, directory.one("college", college)
            problem = code and ("college", code, name)
        if programme:
            programme, _code = directory.one("programme", programme)
        group = None
        if class_name and not problem:
            group, code = directory.class_of(college, programme, year, class_name)
            problem = code and ("class_name", code, class_name)
        if group:
            college = directory.by_id.get(group.college)
            programme = programme or directory.by_id.get(("programme", group.programme))
            year = year or group.year
        return (group, college, programme, year), problem

    def _resolve_dorm(self, directory, building, room):
        """(room, problem or None)."""
        if not building or not room:
            return None, None
        place, code = directory.one("building", building)
        if place:
            found, code = directory.room_of(place, room)
            if found:
                return found, None
        return None, ("room", "unit_unknown", f"{building} {room}")

    # ----------------------------------------------------------------------
    # Plan and creation
    # ----------------------------------------------------------------------

    @api.model
    def _plan_summary(self, directory):
        """The planned places for the preview: ``[{role, key, name, parent, rows, similar}]``; rooms as one line a building."""
        lines, rooms, names = [], defaultdict(list), defaultdict(set)
        for place in directory.by_id.values():
            if not place.planned:
                names[place.role].add(place.name)
        for place in directory.planned:
            if place.role == "room":
                rooms[place.parent].append(place)
                continue
            known = names[place.role]
            parent = directory.by_id.get(place.parent)
            similar = get_close_matches(place.name, known, 1, 0.6) if len(known) < 2000 else []
            lines.append(
                {
                    "role": place.role,
                    "key": place.key,
                    "name": place.name,
                    "parent": parent.name if parent else "",
                    "rows": place.rows,
                    "similar": similar[0] if similar else "",
                }
            )
        for building, places in rooms.items():
            names = sorted(place.name for place in places)
            shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
            lines.append(
                {
                    "role": "room",
                    "key": directory.by_id[building].key,
                    "name": shown,
                    "count": len(names),
                    "parent": directory.by_id[building].name,
                    "rows": sum(place.rows for place in places),
                    "similar": "",
                }
            )
        return lines

    @api.model
    def _settle(self, directory):
        """Take ids for the planned places: a preview names its units by the ids that the import gives them.

        :return: [Planned] what is to be created, colleges and buildings before what stands in them
        """
        programmes = sum(place.role == "programme" for place in directory.planned)
        cr = self.env.cr
        directory.settle(
            iter(bulk.new_ids(cr, "psych_unit", len(directory.planned) - programmes)),
            iter(bulk.new_ids(cr, "psych_programme", programmes)),
        )
        return [
            Planned(*(getattr(place, name) for name in Planned._fields))
            for place in directory.planned
            if place.rows or place.role in ("college", "building")
        ]

    @api.model
    def _create_planned(self, company, planned):
        """Create what a preview planned, whole levels at a time, under the ids that it took.

        Written in bulk: a first roster brings thousands of rooms. Post holders above get their rows on the
        new units by the organisation's own seam.

        :param planned: [Planned] of :meth:`_settle`
        :return: {"psych.unit": ids, "psych.programme": ids} created
        """
        units = self._insert_units(
            company, [place for place in planned if place.role in ("college", "building")]
        )
        programmes = self._insert_programmes(company, planned)
        units += self._insert_units(company, [place for place in planned if place.role in ("class", "room")])
        self.env["psych.unit"].invalidate_model()
        self.env["psych.scope"]._extend_to_units(self.env["psych.unit"].browse(units))
        return {"psych.unit": units, "psych.programme": programmes}

    def _insert_programmes(self, company, planned):
        """Insert programmes; a new one belongs to the college of its first new class."""
        places = [place for place in planned if place.role == "programme"]
        if not places:
            return []
        Programme = self.env["psych.programme"]
        Programme.check_access("create")
        constants = self.env["psych.roster.stage"]._constants(Programme, company)
        colleges = {place.programme: place.college for place in reversed(planned) if place.role == "class"}
        rows = [
            {**constants, "id": place.id, "name": place.name, "unit_id": colleges.get(place.id)}
            for place in places
        ]
        bulk.copy_rows(self.env.cr, "psych_programme", rows[0], [row.values() for row in rows])
        Programme.invalidate_model()
        return [place.id for place in places]

    def _insert_units(self, company, places):
        """Insert units of one level; their parents are there."""
        if not places:
            return []
        Unit = self.env["psych.unit"]
        Unit.check_access("create")
        parents, kinds, kind_of = self._parents(company, places), self._kinds(company), {}
        constants = self.env["psych.roster.stage"]._constants(Unit, company)
        rows = []
        for place in places:
            parent = parents[place.parent or company.psych_unit_id.id]
            if (place.role, parent["kind"]) not in kind_of:
                kind_of[place.role, parent["kind"]] = self._kind(
                    kinds, place.role, parent["kind"], parent["name"]
                ).id
            rows.append(
                {
                    **constants,
                    "id": place.id,
                    "name": place.name,
                    "role": place.role,
                    "parent_id": parent["id"],
                    "kind_id": kind_of[place.role, parent["kind"]],
                    "college_id": place.id if place.role == "college" else parent["college"],
                    "parent_path": f"{parent['path']}{place.id}/",
                    "entry_year": place.year,
                    "programme_id": place.programme or None,
                }
            )
        bulk.copy_rows(self.env.cr, "psych_unit", rows[0], [row.values() for row in rows])
        return [place.id for place in places]

    def _parents(self, company, places):
        ids = {place.parent or company.psych_unit_id.id for place in places}
        if not all(ids):
            raise UserError(
                self.env._("The school has no root unit yet. Please ask the operator to set it up.")
            )
        return {
            unit.id: {
                "id": unit.id,
                "name": unit.name,
                "kind": unit.kind_id,
                "college": unit.college_id.id or None,
                "path": unit.parent_path,
            }
            for unit in self.env["psych.unit"].browse(sorted(ids))
        }

    def _kind(self, kinds, role, above, parent):
        """The kind of unit for a new place, one that may stand under a unit of the kind ``above`` (named ``parent``)."""
        for kind in kinds.get(role, ()):
            if not kind.parent_kind_ids or above in kind.parent_kind_ids:
                return kind
        raise UserError(
            self.env._(
                "No kind of unit for “%(role)s” may stand under %(parent)s. Please set it up first.",
                role=role,
                parent=parent,
            )
        )

    def _kinds(self, company):
        kinds = self.env["psych.unit.kind"].search([("company_id", "in", (False, company.id))])
        return {role: list(records) for role, records in kinds.grouped("role").items()}
