"use strict";
(() => {
const WORDS = {
  zh_CN: {hide: "隐藏页面", help: "需要马上找人聊聊", more: "心理中心在哪里、请联系我", start: "开始", decline: "这次不参加", left: "还有 {n} 题", all: "都答完了，可以提交", submit: "提交", sending: "正在提交…",
    saved: "已保存", kept: "网络不稳，答案已留在本机，连上后会自动保存。", missing: "还有 {n} 题没答。可以补上，也可以直接提交。", goto: "去看没答的", anyway: "直接提交",
    thanks: "谢谢你花时间填写", done: "你的回答已经收到。", calm: "每个人都会看到这一页。最近如果过得有些累，随时可以找人聊聊，不需要理由。", notdia: "问卷只用于了解近况，不是诊断。",
    book: "预约聊一聊", mine: "只给我看", mine_later: "如果学校开放个人反馈，过几天在自己的手机上打开同一个链接，可以在这里看到。", mine_none: "这次没有个人反馈。想了解自己的情况，可以预约聊一聊。", declined: "好的，已经记下你的选择。这不会带来任何影响。以后改变主意，也可以联系心理中心。",
    own: "文字为本系统自拟的通俗表述。", followup: "再多问几句你的近况", kept_here: "已答过（在另一台设备上），想改可以重选",item: "第 {n} 题", of: "共 {n} 题", anon: "本次为匿名填写：不记录你是谁，只记录你参加过。所以我们无法据此联系你；如果需要帮助，请用下方的电话。",
    enter: "请输入学号和纸条上的验证码", number: "学号", code: "验证码", go: "进入", sign_in: "用学校统一登录进入，不用纸条", preview: "预览：不会保存任何内容", again: "再试一次", minutes: "分钟", hours: "小时",
    why: {unknown: "这个链接打不开。请向班主任要一张新的纸条，或联系心理中心。", expired: "这个链接已过有效期。请联系心理中心补测。", closed: "本次问卷已经结束。想聊一聊，可以随时联系心理中心。", early: "你们学院还没有开始，请过一两天再打开这个链接。", not_invited: "这次不需要你填写。", code: "学号或验证码不对，请核对纸条再试。", wait: "试的次数有点多，请过 15 分钟再试，或向班主任要一张新的纸条。", slow_down: "请稍等一分钟再继续，已填的都在。", form: "页面可能不是最新的，请刷新后再试；已填的都在本机。", net: "网络连不上，没有提交成功。答案都在本机，请稍后再试。", done: "你的回答已经收到。"},
    lines: [["全国心理援助热线", "12356"], ["紧急求助", "110"], ["医疗急救", "120"]], school: "学校心理热线"},
  en_US: {hide: "Hide page", help: "I need to talk with someone now", more: "Where the centre is; please call me", start: "Start", decline: "Not this time", left: "{n} left", all: "All answered, you can submit", submit: "Submit", sending: "Sending…",
    saved: "Saved", kept: "The network is weak. Your answers are kept on this phone and will be saved later.", missing: "{n} not answered yet. You can fill them in, or submit as it is.", goto: "Show them", anyway: "Submit as it is",
    thanks: "Thank you for your time", done: "Your answers have arrived.", calm: "Everyone sees this page. If these days are heavy, you can talk with someone at any time, without a reason.", notdia: "This is a look at how you are, not a diagnosis.",
    book: "Book a talk", mine: "Only for me", mine_later: "If the school offers personal feedback, open the same link on your own phone in a few days.", mine_none: "There is no personal feedback this time. You can book a talk.", declined: "All right, noted. Nothing follows from it. If you change your mind, contact the centre.",
    own: "Plain wording of this product.", followup: "A few more questions about how you are", kept_here: "Answered on another device; choose again to change it",item: "No. {n}", of: "of {n}", anon: "This one is anonymous: it keeps that you took part, not what you said. So we cannot contact you; if you need help, use the numbers below.",
    enter: "Enter your student number and the code on your slip", number: "Student number", code: "Code", go: "Enter", sign_in: "Sign in with the school account instead", preview: "Preview: nothing is saved", again: "Try again", minutes: "minutes", hours: "hours",
    why: {unknown: "This link does not open. Ask your class teacher for a new slip.", expired: "This link is too old. Contact the centre.", closed: "This questionnaire is closed. You can contact the centre at any time.", early: "Your college has not started yet. Open the link again in a day or two.", not_invited: "You do not need to fill this in.", code: "Number or code is not right. Check your slip.", wait: "Too many tries. Wait 15 minutes, or ask for a new slip.", slow_down: "Please wait a minute; nothing is lost.", form: "The page may be old. Reload it; your answers are kept.", net: "No network: not submitted. Your answers are kept here; try again later.", done: "Your answers have arrived."},
    lines: [["National line", "12356"], ["Police", "110"], ["Ambulance", "120"]], school: "Line of the school"},
};
const main = document.getElementById("main"), bar = document.getElementById("bar");
const path = location.pathname.split("/").filter(Boolean);
const preview = path[1] === "preview" ? path[2] : null;
const entrance = path[1] === "c";
let token = location.hash.slice(1) || (path[1] === "s" && path[2]) || "", form = null, words = WORDS.zh_CN, began = Date.now();
let stage = [], answers = {}, dirty = new Set(), timer = null, sending = false;
const lang = (navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh_CN" : "en_US";
const KEPT = 254;
const KEY = () => "psych:" + token.slice(-12);
const say = (text, n) => text.replace("{n}", n);
function make(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (name === "on") for (const [event, call] of Object.entries(value)) node.addEventListener(event, call);
    else if (name in node && name !== "list") node[name] = value; else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
function show(...nodes) { main.replaceChildren(...nodes); scrollTo(0, 0); main.focus({preventScroll: true}); }
async function post(url, body) {
  const answer = await fetch(url, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body), credentials: "omit", cache: "no-store"});
  let data; try { data = await answer.json(); } catch { throw {why: "net"}; }
  if (!answer.ok) throw {why: data.why || "net"};
  return data;
}
function frame() {
  document.documentElement.lang = lang === "zh_CN" ? "zh-CN" : "en";
  const hide = document.getElementById("hide");
  hide.textContent = words.hide;
  hide.onclick = leave;
  const lines = [...(form && form.hotline ? [[words.school, form.hotline]] : []), ...words.lines];
  document.getElementById("help").replaceChildren(make("details", {}, make("summary", {textContent: words.help}),
    make("div", {className: "calls"}, ...lines.map(([name, number]) => make("a", {href: "tel:" + number.replace(/[^0-9+]/g, "")}, make("span", {textContent: name}), make("b", {textContent: number}))),
      make("a", {href: "/psych/help"}, make("span", {textContent: words.more})),
      form && form.where ? make("p", {className: "note", textContent: form.where}) : null)));
  document.getElementById("school").textContent = form ? form.school : "";
}
function leave() { keep(); document.title = "新标签页"; document.body.replaceChildren(make("p", {style: "padding:40px;color:#888", textContent: "天气 · 晴 22°C"})); history.replaceState(null, "", "/"); }
addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
function keep() { if (preview || !token) return; try { localStorage.setItem(KEY(), JSON.stringify(answers)); } catch { /* private mode: the server keeps the steps */ } }
function forget() { try { localStorage.removeItem(KEY()); } catch { /* nothing was kept */ } }
function refuse(why) {
  bar.hidden = true;
  const retry = ["net", "slow_down", "form"].includes(why);
  show(make("div", {className: "card center"}, make("p", {textContent: words.why[why] || words.why.unknown}), retry ? make("button", {className: "main", type: "button", textContent: words.again, on: {click: boot}}) : null));
}
async function boot() {
  words = WORDS[lang]; frame();
  if (entrance) return enter();
  try {
    let data;
    if (preview) { const answer = await fetch("/psych/preview/" + preview + "/form"); if (!answer.ok) throw {why: "unknown"}; data = await answer.json(); }
    else data = await post("/psych/answer/open", {token, lang});
    form = data.form; words = WORDS[form.lang] || words; frame();
    if (path[2] && !preview) history.replaceState(null, "", "/psych/s#" + token);
    if (data.done) return end(data.report);
    let local = {}; try { local = JSON.parse(localStorage.getItem(KEY()) || "{}"); } catch { local = {}; }
    for (const scale of [...form.scales, ...(form.followup ? [form.followup] : [])]) {
      const server = (data.steps || {})[scale.id] || [], here = local[scale.id] || [];
      answers[scale.id] = scale.items.map((item, i) => here[i] ?? (server[i] === 255 || server[i] === undefined ? null : server[i]));
    }
    if (preview || form.scales.some((scale) => answers[scale.id].some((value) => value !== null))) return ask(form.scales);
    consent();
  } catch (fault) { refuse(fault.why || "net"); }
}
function enter() {
  const number = make("input", {type: "text", autocomplete: "off", inputMode: "text", id: "number"}), code = make("input", {type: "text", autocomplete: "off", id: "code"}), note = make("p", {className: "left", role: "status"});
  show(make("form", {className: "card", on: {submit: async (event) => {
    event.preventDefault(); note.textContent = "";
    try { token = (await post("/psych/answer/enter", {token: location.hash.slice(1), number: number.value, code: code.value})).token; location.replace("/psych/s#" + token); }
    catch (fault) { note.textContent = words.why[fault.why] || words.why.net; }
  }}}, make("h1", {textContent: words.enter}), make("p", {}, make("label", {htmlFor: "number", textContent: words.number}), number), make("p", {}, make("label", {htmlFor: "code", textContent: words.code}), code), note, make("button", {className: "main", textContent: words.go}),
    document.body.dataset.signIn ? make("p", {className: "center"}, make("a", {className: "quiet", href: "/my/psych/census", textContent: words.sign_in})) : null));
}
function consent() {
  show(make("h1", {textContent: form.name}), make("div", {className: "card"}, ...form.consent.split("\n").map((line) => make("p", {textContent: line})), form.anonymous ? make("p", {textContent: words.anon}) : null, /诊断|diagnos/.test(form.consent) ? null : make("p", {className: "note", textContent: words.notdia})),
    make("button", {className: "main", type: "button", textContent: words.start, on: {click: () => { began = Date.now(); ask(form.scales); }}}),
    make("p", {className: "center"}, make("button", {className: "quiet", type: "button", textContent: words.decline, on: {click: decline}})));
}
async function decline() {
  try { await post("/psych/answer/decline", {token}); forget(); bar.hidden = true; show(make("div", {className: "card center"}, make("p", {textContent: words.declined})), support()); }
  catch (fault) { refuse(fault.why || "net"); }
}
function known(value) { return value === KEPT ? null : value; }
function card(scale, item, index, number, total) {
  const name = `i${scale.id}_${index}`, put = (value) => { answers[scale.id][index] = value; changed(scale, box); };
  let field;
  if (item.kind === "choice") {
    field = make("div", {className: "options" + (item.options.length > 3 ? " few" : "")}, ...item.options.map(([value, label]) =>
      make("label", {}, make("input", {type: "radio", name, value, checked: answers[scale.id][index] === value, on: {change: () => put(value)}}), make("span", {textContent: label}))));
  } else if (item.kind === "time") {
    const now = known(answers[scale.id][index]);
    field = make("input", {type: "time", step: 900, ariaLabel: item.text, value: now === null ? "" : `${String(now >> 2).padStart(2, "0")}:${String(now % 4 * 15).padStart(2, "0")}`,
      on: {change: (event) => { const [h, m] = event.target.value.split(":").map(Number); put(event.target.value ? (h * 4 + Math.round(m / 15)) % 96 : null); }}});
  } else {
    const quarter = item.kind === "hours" ? 4 : 1, now = known(answers[scale.id][index]);
    field = make("input", {type: "number", inputMode: "decimal", min: item.min / quarter, max: item.max / quarter, step: 1 / quarter, ariaLabel: item.text, value: now === null ? "" : now / quarter,
      on: {change: (event) => { const value = Math.round(Number(event.target.value) * quarter); put(event.target.value === "" || value < item.min || value > item.max ? null : value); }}});
  }
  const box = make("fieldset", {className: "card", id: name}, make("legend", {}, make("span", {className: "count"}, make("span", {textContent: say(words.item, number)}), make("span", {className: "mark", textContent: words.saved})), make("span", {textContent: item.text})), field,
    item.unit || item.kind === "hours" ? make("span", {className: "note", textContent: item.unit || words.hours}) : null,
    answers[scale.id][index] === KEPT ? make("span", {className: "note", textContent: words.kept_here}) : null);
  return box;
}
function ask(scales) {
  stage = scales;
  const total = scales.reduce((sum, scale) => sum + scale.items.length, 0), nodes = [];
  let number = 0;
  if (preview) nodes.push(make("p", {className: "note", textContent: words.preview}));
  nodes.push(make("h1", {className: "beside", textContent: scales[0] === form.followup ? words.followup : form.name}));
  for (const scale of scales) {
    nodes.push(make("h2", {textContent: scale.window}), scale.instruction ? make("p", {className: "soft", textContent: scale.instruction}) : null);
    scale.items.forEach((item, index) => nodes.push(card(scale, item, index, ++number, total)));
    if (scale.own) nodes.push(make("p", {className: "note", textContent: words.own}));
  }
  nodes.push(make("p", {className: "left center", id: "left", role: "status"}), make("button", {className: "main", type: "button", id: "send", textContent: words.submit, on: {click: () => submit(false)}}));
  show(...nodes.filter(Boolean)); bar.hidden = false; progress();
  const first = open_items()[0];
  if (first && total - open_items().length) document.getElementById(first).scrollIntoView({block: "center"});
}
function open_items() { return stage.flatMap((scale) => answers[scale.id].flatMap((value, index) => (value === null ? [`i${scale.id}_${index}`] : []))); }
function progress() {
  const total = stage.reduce((sum, scale) => sum + scale.items.length, 0), open = open_items().length;
  bar.firstElementChild.style.width = `${100 * (total - open) / total}%`;
  bar.setAttribute("aria-valuenow", Math.round(100 * (total - open) / total));
  document.getElementById("togo").textContent = open ? say(words.left, open) : "";
  document.getElementById("left").textContent = open ? say(words.left, open) : words.all;
}
function changed(scale, box) {
  box.classList.remove("saved"); box.dataset.wait = "1";
  dirty.add(scale.id); keep(); progress();
  clearTimeout(timer); timer = setTimeout(step, 700);
}
async function step() {
  if (preview || sending || form.anonymous || !dirty.size) { if (preview) document.querySelectorAll("[data-wait]").forEach((box) => box.classList.add("saved")); return; }
  const now = [...dirty], boxes = [...document.querySelectorAll("[data-wait]")];
  dirty.clear();
  try {
    await post("/psych/answer/save", {token, sheets: now.map((id) => ({scale: id, answers: answers[id], seconds: Math.round((Date.now() - began) / 1000)}))});
    boxes.forEach((box) => { box.classList.add("saved"); delete box.dataset.wait; });
  } catch (fault) {
    now.forEach((id) => dirty.add(id));
    const left = document.getElementById("left"); if (left && fault.why !== "slow_down") left.textContent = words.kept;
    timer = setTimeout(step, 8000);
  }
}
async function submit(sure) {
  const open = open_items(), left = document.getElementById("left");
  if (open.length && !sure) {
    left.replaceChildren(document.createTextNode(say(words.missing, open.length)), make("br"), make("button", {className: "quiet", type: "button", textContent: words.goto, on: {click: () => { const box = document.getElementById(open[0]); box.scrollIntoView({block: "center"}); box.querySelector("input").focus({preventScroll: true}); }}}), make("button", {className: "quiet", type: "button", textContent: words.anyway, on: {click: () => submit(true)}}));
    return;
  }
  if (sending) return;
  if (preview) { end([]); return; }
  sending = true; clearTimeout(timer);
  const send = document.getElementById("send"); send.disabled = true; send.textContent = words.sending;
  const seconds = Math.round((Date.now() - began) / 1000), total = stage.reduce((sum, scale) => sum + scale.items.length, 0);
  try {
    const data = await post("/psych/answer/submit", {token, sheets: stage.map((scale) => ({scale: scale.id, answers: answers[scale.id], seconds: Math.max(1, Math.round(seconds * scale.items.length / total))}))});
    sending = false; dirty.clear();
    if (data.ask && form.followup && stage[0] !== form.followup) { began = Date.now(); answers[form.followup.id] = form.followup.items.map(() => null); ask([form.followup]); }
    else { forget(); end([]); }
  } catch (fault) {
    sending = false; send.disabled = false; send.textContent = words.submit;
    if (fault.why === "done") { forget(); return end([]); }
    left.textContent = words.why[fault.why] || words.why.net;
  }
}
function support() {
  const lines = [...(form && form.hotline ? [[words.school, form.hotline]] : []), ...words.lines];
  return make("div", {className: "card calls"}, ...lines.map(([name, number]) => make("a", {href: "tel:" + number.replace(/[^0-9+]/g, "")}, make("span", {textContent: name}), make("b", {textContent: number}))));
}
function end(report) {
  bar.hidden = true;
  const mine = report && report.length ? report.map((row) => make("p", {textContent: `${row.scale}：${row.band}`})) : [make("p", {textContent: words.mine_later})];
  show(make("div", {className: "card center"}, make("h1", {textContent: words.thanks}), make("p", {textContent: words.done}), make("p", {textContent: words.calm}), make("p", {className: "note", textContent: words.notdia})), support(),
    make("a", {className: "main", href: "/psych/booking", textContent: words.book}),
    form.in_class || form.anonymous ? null : make("details", {className: "fold"}, make("summary", {textContent: words.mine}), ...mine));
}
addEventListener("online", () => step());
addEventListener("pagehide", keep);
boot();
})();
