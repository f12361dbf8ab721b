// The message list: grouping, days, staying at the end, unread marks.
const GROUP_SECONDS = 300;
const frame = document.querySelector(".messages");
const list = document.querySelector(".messages > ol");
const jump = document.querySelector(".jump");
const shell = document.querySelector(".shell");
const seenKey = (room) => `seen/${shell.dataset.person}/${room}`;

export function startList() {
  if (list) {
    arrange();
    toEnd();
    frame.addEventListener("scroll", () => { if (atEnd()) jump.hidden = true; });
    frame.addEventListener("load", () => { if (!jump.dataset.away) toEnd(); }, true);
    jump.addEventListener("click", toEnd);
    new ResizeObserver(() => { if (jump.hidden) toEnd(); }).observe(list);
  }
  for (const link of document.querySelectorAll(".rooms a[data-room]")) {
    if (localStorage.getItem(seenKey(link.dataset.room)) === null) {
      localStorage.setItem(seenKey(link.dataset.room), link.dataset.last);
    }
    mark(link.dataset.room, Number(link.dataset.last));
  }
}

export function put(room, id, html) {
  if (!list || room !== shell.dataset.room) return;
  const stay = atEnd();
  const old = document.getElementById(id);
  const fresh = old ? renew(old, html) : fragment(html);
  if (!old) {
    list.querySelector(".nothing")?.remove();
    fresh.classList.add("new-below");
    list.append(fresh);
  }
  arrange();
  if (stay || fresh.dataset.mine === "yes" && !old) toEnd();
  else if (!old) jump.hidden = false;
}

export function drop(id) {
  document.getElementById(id)?.remove();
  if (list) arrange();
}

export function mark(room, last) {
  const link = document.querySelector(`.rooms a[data-room="${CSS.escape(room)}"]`);
  if (!link) return;
  link.dataset.last = String(last);
  if (room === shell.dataset.room && !document.hidden) localStorage.setItem(seenKey(room), String(last));
  const missed = last - Number(localStorage.getItem(seenKey(room)) ?? 0);
  link.classList.toggle("unread", missed > 0);
  link.querySelector(".count")?.remove();
  if (missed > 0) {
    const count = document.createElement("span");
    count.className = "count";
    count.textContent = missed > 99 ? "99+" : String(missed);
    count.setAttribute("aria-label", `${missed} ${shell.dataset.unread}`);
    link.append(count);
  }
  document.querySelector(".menu")?.classList.toggle("some-unread", !!document.querySelector(".rooms a.unread"));
}

document.addEventListener("visibilitychange", () => {
  const here = document.querySelector(`.rooms a[data-room="${CSS.escape(shell.dataset.room)}"]`);
  if (here && !document.hidden) mark(here.dataset.room, Number(here.dataset.last));
});

export function atEnd() {
  return frame.scrollHeight - frame.scrollTop - frame.clientHeight < 80;
}

export function toEnd() {
  frame.scrollTop = frame.scrollHeight;
  jump.hidden = true;
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

// A card is replaced as a whole; what the reader opened, and where the keyboard was, must survive it.
export function renew(old, html) {
  const fresh = fragment(html);
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  for (const details of old.querySelectorAll("details[open][data-key]")) {
    const same = fresh.querySelector(`details[data-key="${CSS.escape(details.dataset.key)}"]`);
    if (same) same.open = true;
  }
  const playing = old.querySelector("audio");
  const next = fresh.querySelector("audio");
  if (playing && next && playing.src === next.src) next.replaceWith(playing);
  // A card that changes in place is not read out again; an answer is, once it is whole.
  if (!old.querySelector("[aria-busy]") || fresh.querySelector("[aria-busy]")) fresh.ariaLive = "off";
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  return fresh;
}

function arrange() {
  let author = "";
  let when = 0;
  let day = "";
  for (const old of list.querySelectorAll(".day")) old.remove();
  for (const message of [...list.querySelectorAll(".message")]) {
    const at = new Date(message.dataset.at);
    const time = message.querySelector("time");
    if (time) time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const today = at.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
    if (today !== day) {
      const line = document.createElement("li");
      line.className = "day";
      line.textContent = today;
      message.before(line);
      author = "";
    }
    day = today;
    const follows = message.dataset.author === author && at / 1000 - when < GROUP_SECONDS;
    message.classList.toggle("follows", follows);
    author = message.dataset.author;
    when = at / 1000;
  }
}
