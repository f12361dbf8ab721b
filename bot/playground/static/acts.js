// Everything the page asks of the server, and what it does with the answers.
import { openSheet, closeSheet, sheetSays, askThenRepeat } from "./dialogs.js";
import { drop, mark, put, renew } from "./list.js";

export const words = JSON.parse(document.getElementById("words").textContent);
const base = `/${document.querySelector(".shell").dataset.person}`;
const here = document.querySelector(".shell").dataset.room;

export async function act(name, values, button = null) {
  return ask(`${base}/do/${name}`, { room: here, ...values }, button);
}

export async function ask(address, values, button = null) {
  return send(() => fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(values),
  }), button);
}

// The file is the body itself, so the server can refuse it before it has read a byte.
export async function handIn(file, values) {
  const query = new URLSearchParams({ room: here, name: file.name, values: JSON.stringify(values) });
  return send(() => fetch(`${base}/hand-in?${query}`, { method: "POST", body: file }));
}

export async function send(request, button = null) {
  button?.setAttribute("disabled", "");
  try {
    const answer = await request();
    if (!answer.ok && answer.headers.get("content-type") !== "application/json") throw new Error(String(answer.status));
    const changes = await answer.json();
    const consent = changes.find((change) => change.op === "consent");
    if (consent) return await askThenRepeat(consent.html, () => send(request, button));
    apply(changes);
    return !changes.some((change) => change.op === "no");
  } catch {
    toast(words.away, "no");
    return false;
  } finally {
    if (button?.isConnected) button.removeAttribute("disabled");
  }
}

export function apply(changes) {
  for (const change of changes) CHANGES[change.op]?.(change);
}

const CHANGES = {
  put: ({ room, id, html }) => put(room, id, html),
  drop: ({ id }) => drop(id),
  mark: ({ room, last }) => mark(room, last),
  rooms: ({ html }) => { replaceRooms(html); },
  panel: ({ id, html }) => { const panel = document.getElementById(id); if (panel) renew(panel, html); },
  part: ({ id, html }) => { const part = document.getElementById(id); if (part) part.innerHTML = html; },
  sheet: ({ html }) => openSheet(html),
  done: () => closeSheet(),
  go: ({ to }) => location.assign(to),
  no: ({ text }) => { if (!sheetSays(text)) toast(text, "no"); },
  said: ({ text }) => toast(text),
};

function replaceRooms(html) {
  const threads = document.querySelector("#threads");
  if (!threads) return;
  threads.innerHTML = html;
  for (const link of threads.querySelectorAll("a[data-room]")) {
    if (link.dataset.room === here) link.setAttribute("aria-current", "page");
    mark(link.dataset.room, Number(link.dataset.last));
  }
}

export function toast(text, tone = "") {
  const box = document.querySelector(".toasts");
  const line = document.createElement("p");
  line.className = `toast ${tone}`;
  line.textContent = text;
  box.append(line);
  // A modal dialog lives in the top layer; a popover shown after it lies above it.
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  setTimeout(() => { line.remove(); if (!box.children.length && box.matches(":popover-open")) box.hidePopover(); }, 7000);
}
