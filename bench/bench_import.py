"""Roster import against Odoo's own import of the same rows, in one run on one machine.

    make bench ONLY=import                                                    (ROWS=20000 by default)
    odoo shell -c odoo.conf -d SCRATCH --no-http < bench/bench_import.py      (in a scratch database of one's own)

Ours: file → read → columns → preview → committed students with colleges, programmes, classes, rooms, tutors and class
teachers, remarks and journal. Peer: base_import's parse_preview and execute_import of the same file into res.partner (tracking
off, as its dialogue has it), committed, in two ways:

- *one call*: the whole file at once, without a test. Kindest to the peer, and the figure of the goal.
- *as its dialogue does it*: "Test", then "Import", each in batches of 2,000 rows, for each of which the file is read anew.
  Our figure contains the preview, so the test is its counterpart.

Both did a small file before, so that no cache is cold. Commits: use a scratch database. BENCH_TEMPLATE names a database with
psych_health installed; without it one is made.
"""

import base64
import csv
import io
import logging
import os
import random
import sys
import time
from pathlib import Path

import xlsxwriter

REPO = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd()
ROWS = int(os.environ.get("ROWS", 20_000))
HEAD = (
    "学号 姓名 性别 二级学院 专业 年级 班级 公寓楼栋 寝室 手机号 辅导员 班主任 监护人 监护人电话 出生日期 民族 走读"
).split()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: where the peer puts the columns: plain text fields of a contact, no relation to look up
PARTNER_FIELDS = [
    "ref", "name", "function", "street", "street2", "zip", "city", "vat", "website", "phone", "company_name",
    "comment", False, False, False, False, False,
]  # fmt: skip


def rows_of_a_college(size, seed=1):
    """A roster as a college sends it: 47 students a class, 6 a room, a tutor for five classes."""
    rnd = random.Random(seed)
    family, given = (
        "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁",
        "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英",
    )

    def person():
        return rnd.choice(family) + rnd.choice(given) + rnd.choice(given)

    for i in range(size):
        group, bed = i // 47, i % 1500 // 6
        college, year = group % 6 + 1, 2024 + group // 6 % 3
        programme = f"专业{college}-{group % 3}"
        yield [
            f"{year}{i:06d}", person(), rnd.choice("男女"), f"学院{college}", programme, f"{year}级",
            f"{programme} {year % 100}{group:03d}班", f"{i // 1500 + 1}栋", f"{bed // 10 + 1}{bed % 10 + 1:02d}",
            f"13{rnd.randrange(10**9):09d}", f"辅导员{group // 5}", f"班主任{group // 2}", person(),
            f"15{rnd.randrange(10**9):09d}", f"200{rnd.randrange(5, 9)}-{rnd.randrange(1, 13)}-{rnd.randrange(1, 29)}",
            "汉族", "否",
        ]  # fmt: skip


def as_xlsx(rows):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("名册")
    for index, row in enumerate([HEAD, *rows]):
        sheet.write_row(index, 0, row)
    book.close()
    return stream.getvalue()


def as_csv(rows):
    stream = io.StringIO()
    csv.writer(stream).writerows([HEAD, *rows])
    return stream.getvalue().encode()


def memory(reset=False):
    """Peak resident memory of this process in MB (since the last reset)."""
    if reset:
        with open("/proc/self/clear_refs", "w") as handle:
            handle.write("5")
    with open("/proc/self/status") as handle:
        return next(int(line.split()[1]) / 1024 for line in handle if line.startswith("VmHWM"))


def cpu(env):
    """CPU seconds so far of this process and of its PostgreSQL backend; on a shared machine they say more than the clock."""
    with open(f"/proc/{env.cr._cnx.get_backend_pid()}/schedstat") as handle:
        return time.process_time() + int(handle.read().split()[0]) / 1e9


def make_school(env, rows):
    """A school with its administrator and the members of staff that the file names."""
    company = env["res.company"].create({"name": f"Bench {time.time():.3f}"})
    names = sorted({row[10] for row in rows} | {row[11] for row in rows})
    env["res.partner"].create(
        [{"name": name, "psych_is_staff": True, "company_id": company.id} for name in names]
    )
    user = env["res.users"].create(
        {
            "name": "Bench", "login": f"bench{company.id}", "company_id": company.id,
            "company_ids": [(6, 0, company.ids)], "group_ids": [(6, 0, env.ref("base.group_user").ids)],
        }
    )  # fmt: skip
    env["psych.membership"].create(
        {
            "post_id": env.ref("psych_health.psych_post_administrator").id, "unit_id": company.psych_unit_id.id,
            "partner_id": user.partner_id.id, "training_date": "2026-09-01", "training_mark": 90,
            "pledge_date": "2026-09-01", "date_start": "2026-01-01",
        }
    )._do_appoint(env.ref("base.user_root"))  # fmt: skip
    env.cr.commit()
    return env(user=user, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})


def ours(env, data):
    """Seconds from the file to committed students: the wizard for a look at the result, steps, clock, CPU."""
    busy, started = cpu(env), time.perf_counter()
    wizard = env["psych.roster.import"].create({"file": base64.b64encode(data), "filename": "名册.xlsx"})
    wizard.action_read()
    env.cr.commit()
    read = time.perf_counter()
    wizard.action_preview()
    env.cr.commit()
    shown = time.perf_counter()
    wizard.action_apply()
    env.cr.commit()
    done = time.perf_counter()
    return wizard, (read - started, shown - read, done - shown), done - started, cpu(env) - busy


def peer(env, data, mimetype, rows=ROWS, dialogue=False):
    """Seconds of base_import for the same file into res.partner: clock, CPU.

    :param dialogue: "Test" and "Import" in batches of 2,000, as its dialogue does it, instead of one call
    """
    busy, started = cpu(env), time.perf_counter()
    name = "bench.xlsx" if "sheet" in mimetype else "bench.csv"
    wizard = env["base_import.import"].create(
        {"res_model": "res.partner", "file": data, "file_name": name, "file_type": mimetype}
    )
    options = {
        "has_headers": True, "quoting": '"', "separator": ",", "encoding": "utf-8", "date_format": "", "datetime_format": "",
        "float_thousand_separator": ",", "float_decimal_separator": ".", "advanced": True, "keep_matches": False,
        "limit": 2000 if dialogue else rows + 10, "skip": 0, "sheet": "名册", "sheets": ["名册"], "tracking_disable": True,
    }  # fmt: skip
    wizard.parse_preview(dict(options))
    env.cr.commit()
    for dryrun in (True, False) if dialogue else (False,):
        made = 0
        for skip in range(0, rows, options["limit"]):
            result = wizard.execute_import(PARTNER_FIELDS, HEAD, {**options, "skip": skip}, dryrun=dryrun)
            assert result["ids"], result["messages"][:3]
            made += len(result["ids"])
            env.cr.commit()
        assert made == rows, made
    return time.perf_counter() - started, cpu(env) - busy


def run(env):
    """Print and return the figures."""
    rows = list(rows_of_a_college(ROWS))
    root = env(user=env.ref("base.user_root"))
    files = {"XLSX": (as_xlsx(rows), XLSX), "CSV": (as_csv(rows), "text/csv")}
    few = list(rows_of_a_college(200, seed=2))
    ours(make_school(env, few), as_xlsx(few))
    peer(root, as_csv(few), "text/csv", rows=len(few))
    memory(reset=True)
    result, school = {}, None
    for label, (data, mimetype) in files.items():
        school = make_school(env, rows)
        wizard, steps, clock, work = ours(school, data)
        students = school["psych.student"].sudo().search_count([("company_id", "=", school.company.id)])
        assert (students, wizard.batch_id.new_count) == (ROWS, ROWS)
        if label == "XLSX":
            posts = school["psych.membership"].sudo().search_count([("company_id", "=", school.company.id)])
            print(f"rows {ROWS}: {posts - 1} posts, {wizard.batch_id.unit_count} units and programmes")
            result |= {"seconds": clock, "rows_per_second": ROWS / clock, "peak_mb": memory()}
        print("{:<5}read {:.2f}  preview {:.2f}  apply {:.2f}".format(label, *steps))
        line("ours, file to committed", clock, work)
        for name, dialogue in (("one call", False), ("as its dialogue does it", True)):
            other, effort = peer(root, data, mimetype, dialogue=dialogue)
            line(f"base_import, {name}", other, effort)
            print(f"     RATIO {label}, {name}: {other / clock:.1f}x   CPU {effort / work:.1f}x", flush=True)
            kind = f"{label.lower()}{'_dialogue' if dialogue else ''}"
            result |= {f"ratio_{kind}": other / clock, f"ratio_cpu_{kind}": effort / work}
    _wizard, _steps, clock, work = ours(school, files["CSV"][0])
    line("ours, the same file again", clock, work)
    print(f"peak memory {result['peak_mb']:.0f} MB   (goals: 10x in one call, memory below 1024 MB)")
    return result


def line(label, clock, work):
    """Print one measurement."""
    print(f"     {label:<38}{clock:7.2f} s   {ROWS / clock:8.0f} rows/s   CPU {work:6.2f} s", flush=True)


def main():
    """Make a scratch database in the private cluster, measure in it, drop it."""
    sys.path[:0] = [os.environ["ODOO_DIST"], str(REPO / "scripts")]
    import database

    import odoo
    from odoo.orm.registry import Registry
    from odoo.tools import config

    config.parse_config(
        ["--addons-path", f"{os.path.dirname(odoo.__path__[0])}/odoo/addons,{REPO}/addons", "--no-http", "--log-level", "error",
         "--data-dir", str(REPO / ".run" / "bench_data"), "--db_host", os.environ["PGHOST"], "--db_port", os.environ["PGPORT"],
         "--db_user", os.environ["PGUSER"], "--db_password", os.environ["PGPASSWORD"]]
    )  # fmt: skip
    name, template = "bench_import", os.environ.get("BENCH_TEMPLATE")
    database.run("drop", name)
    database.run("create", name, *([template] if template else []))
    registry = Registry.new(
        name, update_module=not template, install_modules=[] if template else ["psych_health"]
    )
    logging.disable(logging.WARNING)
    try:
        with registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
            env["res.lang"]._activate_lang("zh_CN")
            run(env)
    finally:
        odoo.sql_db.close_db(name)
        database.run("drop", name)


if "env" in globals():
    run(globals()["env"])
elif __name__ == "__main__":
    main()
