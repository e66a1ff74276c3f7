"""Screening against the `survey` app and against a bare controller, in one run on one machine.

Two workers, four clients: accepted and scored 90-item sheets per second through HTTP. Ours with encryption, scores,
coverage delta and (second row) a fired rule; the peer as one matrix question (its best) and as 90 choice questions
(its usual); the limit as one INSERT by a bare controller. Then bytes per sheet, re-scoring with decryption on one core,
and the coverage page at two sizes. Limits are in the issue and printed beside each ratio.
"""

import http.client
import json
import os
import random
import re
import threading
import time
import urllib.parse

from odoo_process import REPO, Database, Server

DB = Database("bench_screening", [REPO / "bench" / "addons"])
N_OURS = int(os.environ.get("BENCH_SHEETS", 600))
N_MATRIX = int(os.environ.get("BENCH_MATRIX", 60))
N_CHOICE = int(os.environ.get("BENCH_CHOICE", 24))
N_SCORE = int(os.environ.get("BENCH_SCORE", 100_000))
SCL_TEXT = "item {}"

PREPARE = """
import json
from datetime import timedelta
from odoo.addons.psych_health.tools import clock
company = env["res.company"].create({"name": "Bench school"})
env = env(context=dict(env.context, allowed_company_ids=company.ids))
kind = lambda code: env.ref(f"psych_health.psych_unit_kind_{code}").id
unit = lambda name, code, parent: env["psych.unit"].create(
    {"name": name, "kind_id": kind(code), "parent_id": parent.id, "company_id": company.id, "entry_year": 2026})
college = unit("College", "college", company.psych_unit_id)
classes = [unit(f"Class {i}", "class", college) for i in range(20)]
env["psych.student"].create([
    {"number": f"B{i:06}", "name": f"Student {i}", "class_id": classes[i % 20].id, "gender": ("female", "male")[i % 2], "entry_year": 2026,
     "company_id": company.id}
    for i in range(COUNT)])
scl = env.ref("psych_health.psych_scale_scl_90")
scl = scl._load_wording({str(i): f"item {i}" for i in range(1, 91)}, "en_US")
scl.action_release()
campaign = env["psych.campaign"].create({
    "name": "Bench", "company_id": company.id, "entry_years": "2026", "date_open": clock.now() - timedelta(hours=1),
    "date_close": clock.now() + timedelta(days=3), "scale_ids": [(6, 0, scl.ids)],
    "followup_scale_id": env.ref("psych_health.psych_scale_safe_5").id, "expected_share": 1})
campaign.action_open()
tokens = [link.split("#")[1] for link, _code in campaign.member_ids._links().values()]
S, Q = env["survey.survey"], env["survey.question"]
surveys = {}
for style in ("choice", "matrix"):
    s = S.create({"title": f"bench {style}", "questions_layout": "one_page", "access_mode": "public", "users_login_required": False,
                  "scoring_type": "no_scoring", "survey_type": "custom"})
    opts = [(0, 0, {"value": f"level {k}", "sequence": k}) for k in range(1, 6)]
    if style == "matrix":
        Q.create({"survey_id": s.id, "title": "items", "question_type": "matrix", "matrix_subtype": "simple", "constr_mandatory": True,
                  "sequence": 1, "suggested_answer_ids": opts,
                  "matrix_row_ids": [(0, 0, {"value": f"item {i}", "sequence": i}) for i in range(1, 91)]})
    else:
        Q.create([{"survey_id": s.id, "title": f"item {i}", "sequence": i, "constr_mandatory": True, "question_type": "simple_choice",
                   "suggested_answer_ids": opts} for i in range(1, 91)])
    surveys[style] = {"token": s.access_token, "questions": [
        {"id": q.id, "type": q.question_type, "answers": q.suggested_answer_ids.ids, "rows": q.matrix_row_ids.ids} for q in s.question_ids]}
print("RESULT" + json.dumps({"scale": scl.id, "campaign": campaign.id, "tokens": tokens, "surveys": surveys}))
env.cr.commit()
"""

RESCORE = """
import json, random, time
from odoo.addons.psych_health.models.screening.psych_response import new_row_key
from odoo.addons.psych_health.tools import confidential
Response = env["psych.response"]
scale, campaign = env["psych.scale"].browse(SCALE), env["psych.campaign"].browse(CAMPAIGN)
rng, rows, top = random.Random(1), [], scale._compiled_frozen(scale.id).top
packs = [bytes(rng.randint(1, 5) for _ in range(90)) for _ in range(500)]
start = time.perf_counter()
for index in range(COUNT):
    key = new_row_key()
    rows.append((key, confidential.seal_answers("psych.response", packs[index % 500], top, key, 0)))
seal_s = time.perf_counter() - start
from psycopg2.extras import execute_values
execute_values(env.cr, "INSERT INTO psych_response (company_id, campaign_id, scale_id, round, state, row_key, answers_cipher) VALUES %s",
    [(campaign.company_id.id, campaign.id, scale.id, 9, "valid", key, token) for key, token in rows], page_size=5000)
env.cr.commit()
del rows
wall, cpu, after, count = time.perf_counter(), time.process_time(), 0, 0
while True:
    scored, after = Response._recompute_numbers(scale, after)
    if not scored:
        break
    count += len(scored)
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
env.cr.execute("DELETE FROM psych_response WHERE round = 9")
env.cr.commit()
Coverage = env["psych.campaign.coverage"]
def page(campaign_id):
    best = []
    for _ in range(15):
        env.invalidate_all()
        t = time.perf_counter()
        Coverage.web_search_read([("campaign_id", "=", campaign_id)], {"class_id": {"fields": {"display_name": {}}}, "college_id": {"fields": {"display_name": {}}},
            "expected": {}, "done": {}, "declined": {}, "missing_count": {}, "share": {}, "as_of": {}}, limit=80, count_limit=10001)
        best.append(time.perf_counter() - t)
    return sorted(best)[7]
def coverage(name, classes):
    other = campaign.copy({"name": name})
    env.cr.execute('''INSERT INTO psych_unit (name, kind_id, role, parent_id, company_id, active, sequence)
        SELECT %s || i, kind_id, role, parent_id, company_id, true, 10 FROM psych_unit, generate_series(1, %s) i
         WHERE id = (SELECT id FROM psych_unit WHERE role = 'class' AND company_id = %s LIMIT 1)''', (name, classes, campaign.company_id.id))
    env.cr.execute('''INSERT INTO psych_campaign_coverage (campaign_id, company_id, class_id, college_id, expected, done, declined, share, missing_count, as_of, place)
        SELECT %s, company_id, id, parent_id, 50, 40, 1, 82, 9, now() at time zone 'utc', row_number() OVER (ORDER BY id) FROM psych_unit WHERE name LIKE %s''', (other.id, name + '%'))
    return other.id
small, large = coverage("S", 80), coverage("L", 2000)
env.cr.execute("ANALYZE psych_campaign_coverage")
page(small), page(large)
print("RESULT" + json.dumps({"count": count, "wall": wall, "cpu": cpu, "seal": seal_s, "small": page(small), "large": page(large)}))
env.cr.rollback()
"""


def set_up(students):
    DB.create("psych_health,survey,bench_probe")
    DB.sql("CREATE TABLE bench_raw (id serial PRIMARY KEY, code text, answers text)")
    return DB.shell(PREPARE, COUNT=students)


class Client(threading.local):
    """One keep-alive connection per thread."""

    def __init__(self, port):
        self.port, self.cookie = port, {}
        self.cn = None

    def ask(self, method, path, body=None, kind="application/json"):
        for attempt in (1, 2):
            if self.cn is None:
                self.cn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            headers = {"Content-Type": kind} if body else {}
            if self.cookie:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookie.items())
            try:
                self.cn.request(method, path, body, headers)
                answer = self.cn.getresponse()
                data = answer.read()
                break
            except (http.client.HTTPException, OSError):
                self.cn = None
                if attempt == 2:
                    raise
        for header in answer.headers.get_all("Set-Cookie") or ():
            name, value = header.split(";", 1)[0].split("=", 1)
            self.cookie[name] = value
        return answer, data


def drive(call, items, clients=4):
    """Sheets per second of ``call`` over ``items``; any failure ends the benchmark."""
    todo, lock, faults = list(items), threading.Lock(), []

    def work():
        while True:
            with lock:
                if not todo or faults:
                    return
                item = todo.pop()
            try:
                call(item)
            except Exception as fault:
                faults.append(repr(fault))

    threads = [threading.Thread(target=work) for _client in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults[:2]
    return len(items) / (time.perf_counter() - began)


def survey(client, world, style):
    """One respondent of the survey app, as its page does it."""
    spec, rnd = world["surveys"][style], random.Random(4)

    def call(_item):
        client.cookie = {}
        answer, _data = client.ask("GET", f"/survey/start/{spec['token']}")
        path = urllib.parse.urlparse(answer.headers["Location"]).path
        for _redirect in range(3):
            answer, data = client.ask("GET", path)
            if answer.status not in (302, 303):
                break
            path = urllib.parse.urlparse(answer.headers["Location"]).path
        assert answer.status == 200, answer.status
        mine = re.sub(r".*/", "", path)
        values = {}
        for question in spec["questions"]:

            def pick(question=question):
                return str(rnd.choice(question["answers"]))

            values[str(question["id"])] = (
                {str(row): [pick()] for row in question["rows"]} if question["rows"] else pick()
            )
        for step, params in (("begin", {}), ("submit", values)):
            body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
            _answer, data = client.ask("POST", f"/survey/{step}/{spec['token']}/{mine}", body)
            result = json.loads(data)
            assert "result" in result and not (step == "submit" and "error" in result["result"][1]), data[
                :300
            ]

    return call


def main():
    students = 2 * N_OURS + 200
    world = set_up(students)
    tokens = world["tokens"]
    plain = [1 + index % 2 for index in range(90)]
    plain[14] = plain[58] = 1
    plain = [1] * 60 + [2] * 12 + [1] * 18
    plain[14] = plain[58] = 1
    flagged = list(plain)
    flagged[14] = 4

    def bare(_item):
        body = urllib.parse.urlencode({"t": "h", "a": "12345" * 18})
        answer, data = client.ask("POST", "/bench/insert", body, "application/x-www-form-urlencoded")
        assert answer.status == 200, data[:200]

    def ours(answers):
        def call(token):
            body = json.dumps(
                {"token": token, "sheets": [{"scale": world["scale"], "answers": answers, "seconds": 300}]}
            )
            answer, data = client.ask("POST", "/psych/answer/submit", body)
            assert answer.status == 200 and json.loads(data)["ok"], data[:300]

        return call

    rates = {}
    with Server(DB, "--workers", "2") as server:
        client = Client(server.port)
        drive(bare, range(80))
        drive(ours(plain), tokens[-100:])
        first = drive(bare, range(N_OURS))
        rates["ours, no rule fires"] = drive(ours(plain), tokens[:N_OURS])
        rates["ours, a rule fires"] = drive(ours(flagged), tokens[N_OURS : 2 * N_OURS])
        rates["bare controller, one INSERT"] = (first + drive(bare, range(N_OURS))) / 2
        for style, count in (("matrix", N_MATRIX), ("choice", N_CHOICE)):
            call = survey(client, world, style)
            drive(call, range(4))
            rates[f"survey, {style}"] = drive(call, range(count))
    expected = 2 * N_OURS + 100
    found = DB.sql("SELECT count(*) FROM psych_response WHERE campaign_id = %s", (world["campaign"],))[0][0]
    assert found == expected, (found, expected)
    assert DB.sql("SELECT count(DISTINCT student_id) FROM psych_response_flag")[0][0] >= N_OURS
    for name, rate in rates.items():
        print(f"{name:32} {rate:8.1f} sheets/s", flush=True)
    ratio("ours / survey as one matrix", rates["ours, no rule fires"] / rates["survey, matrix"], ">=", 20)
    ratio("ours / survey as 90 questions", rates["ours, no rule fires"] / rates["survey, choice"], ">=", 60)
    ratio(
        "ours / bare, no rule fires",
        rates["ours, no rule fires"] / rates["bare controller, one INSERT"],
        ">=",
        0.6,
    )
    ratio(
        "ours / bare, a rule fires",
        rates["ours, a rule fires"] / rates["bare controller, one INSERT"],
        ">=",
        0.4,
    )
    sizes()
    result = DB.shell(RESCORE, SCALE=world["scale"], CAMPAIGN=world["campaign"], COUNT=N_SCORE)
    assert result["count"] >= N_SCORE
    print(
        f"re-scored {result['count']} sheets with decryption: {result['wall']:.1f} s wall, {result['cpu']:.1f} s CPU (sealing {result['seal']:.1f} s)"
    )
    ratio("seconds per 100,000 re-scored", result["cpu"] * 100_000 / result["count"], "<=", 10)
    ratio("coverage page, 2,000 classes / 80", result["large"] / result["small"], "<=", 1.3)
    DB.drop()


def sizes():
    """Bytes per sheet in the database, ours (at twenty times the sheets, as a census has them) and the survey app's."""
    names = ", ".join(
        row[0]
        for row in DB.sql(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'psych_response' AND column_name NOT IN ('id', 'round')"
        )
    )
    DB.sql(
        f"INSERT INTO psych_response (round, {names}) SELECT 100 + g, {names} "
        "FROM psych_response, generate_series(1, 19) g"
    )
    DB.sql("VACUUM FULL psych_response")
    for table in ("survey_user_input", "survey_user_input_line"):
        DB.sql(f"VACUUM FULL {table}")
    ours = DB.sql("SELECT pg_total_relation_size('psych_response')::float / count(*) FROM psych_response")[0][
        0
    ]
    peer = DB.sql("""SELECT (pg_total_relation_size('survey_user_input') + pg_total_relation_size('survey_user_input_line'))::float / count(*)
                    FROM survey_user_input""")[0][0]
    row, indexes, sheets, flagged = (
        DB.sql("""SELECT pg_relation_size('psych_response')::float / count(*), pg_indexes_size('psych_response')::float / count(*),
        count(*), avg(has_flag::int) FROM psych_response""")[0]
    )
    print(
        f"bytes per sheet: ours {ours:.0f} (row {row:.0f}, indexes {indexes:.0f}; {sheets} sheets, a rule fired in {flagged:.0%}), survey {peer:.0f}"
    )
    DB.sql("DELETE FROM psych_response WHERE round > 100")
    ratio("bytes, survey / ours", peer / ours, ">=", 50)


def ratio(name, value, sign, limit):
    good = value >= limit if sign == ">=" else value <= limit
    print(f"{name:36} {value:8.2f}   (limit {sign} {limit}) {'ok' if good else 'MISSED'}")


if __name__ == "__main__":
    main()
