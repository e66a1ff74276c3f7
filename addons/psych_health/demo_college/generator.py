"""Builds the demo college; the parts stand in the files beside, later rooms hang in through ``rooms.py``."""

import logging
import time

from odoo.exceptions import UserError

from ..tools import audit_pause, clock
from . import accounts, cadres, rooms, semester, staff, students, units
from .shape import shape_of
from .world import SCHOOL, World

_logger = logging.getLogger(__name__)

PARTS = (
    ("units", units.build),
    ("semester", semester.build),
    ("students", students.build),
    ("staff", staff.build),
    ("cadres", cadres.build),
    ("accounts", accounts.build),
    ("rooms", rooms.build),
)


def build(env, size=3000, seed=1, password_file=None, today=None):
    """Fill the school of ``env.company`` with the invented college and make it recognisable as a demo.

    Nothing is committed. A school that is a demo already is left as it is.

    :param int size: students (300 to 100,000 and more)
    :param seed: the same seed, size and date give the same college
    :param password_file: where the accounts of the roles are written, readable by the owner only
    :param today: ``date`` to build around (default: today in the school's time zone)
    :return: :class:`World`, or None when the school is a demo already
    :raises UserError: when the school has students of its own
    """
    company = env.company
    if company.psych_is_demo:
        print(f"the demo college is there already ({company.name}): nothing done")  # pylint: disable=print-used
        return None
    if (
        env["psych.student"]
        .sudo()
        .with_context(active_test=False)
        .search_count([("company_id", "=", company.id)], limit=1)
    ):
        raise UserError(
            env._(
                "%(school)s has students: the demo college is built in an empty school only.",
                school=company.name,
            )
        )
    world = World(env, size, seed, shape_of(size), today or clock.today(env, company))
    with audit_pause.paused():
        _prepare_school(world)
        for name, part in PARTS:
            start = time.monotonic()
            part(world)
            world.env.flush_all()
            _logger.info("demo college: %s in %.1f s", name, time.monotonic() - start)
    accounts.write_file(world, password_file)
    env.invalidate_all()
    for line in world.lines:
        print(line)  # pylint: disable=print-used
    return world


def _prepare_school(world):
    """Name the school, mark it as a demo, give it its root unit and Chinese as language where installed."""
    # a demo signs in by password alone; a banner on every page says so
    world.env["ir.config_parameter"].sudo().set_param("psych_health.relax_second_factor", "1")
    company = world.company
    company.write({"name": SCHOOL, "psych_is_demo": True})
    company._psych_create_root_unit()
    world.root = company.psych_unit_id
    world.root.name = SCHOOL
    world.lang = (
        "zh_CN" if "zh_CN" in dict(world.env["res.lang"].get_installed()) else world.env.lang or "en_US"
    )
    company.partner_id.write({"lang": world.lang, "tz": company.psych_tz})
    world.env = world.env(context=dict(world.env.context, lang=world.lang))
