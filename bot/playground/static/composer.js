// The composer: growing text, drafts, slash commands with completion, files.
import { ask } from "./acts.js";
import { contribute, openForm } from "./sheets.js";

const shell = document.querySelector(".shell");
const form = document.querySelector(".composer form");
const text = form?.querySelector("textarea");
const offer = document.querySelector(".offer");
const picker = form?.querySelector("input[type=file]");
const draftKey = `draft/${shell.dataset.person}/${shell.dataset.room}`;
let commands = [];
let chosen = 0;
let fitting = [];

export function startComposer() {
  if (!form) return;
  commands = JSON.parse(document.getElementById("commands").textContent);
  // Who types before this runs must keep their words.
  text.value ||= sessionStorage.getItem(draftKey) ?? "";
  resize();
  text.addEventListener("input", () => { resize(); complete(); });
  text.addEventListener("keydown", onKey);
  text.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== text) hideOffer(); }, 150));
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  form.querySelector(".attach").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => { contribute(picker.files); picker.value = ""; });
  form.querySelector(".slash").addEventListener("click", () => { text.value = "/"; text.focus(); resize(); complete(); });
  if (matchMedia("(hover: hover)").matches) text.focus();
}

function resize() {
  text.style.height = "40px";
  text.style.height = `${Math.min(text.scrollHeight, 180)}px`;
  sessionStorage.setItem(draftKey, text.value);
}

function complete() {
  const words = text.value.trimStart().toLowerCase();
  fitting = words.startsWith("/") && !words.includes("\n")
    ? commands.filter(({ name }) => `/${name}`.startsWith(words.trimEnd()) || words.length === 1) : [];
  chosen = 0;
  if (!fitting.length) return hideOffer();
  offer.replaceChildren(...fitting.map((command, index) => {
    const line = document.createElement("li");
    line.id = `offer-${index}`;
    line.role = "option";
    const name = document.createElement("b");
    name.textContent = `/${command.name}`;
    const about = document.createElement("span");
    about.textContent = command.about;
    line.append(name, about);
    line.addEventListener("pointerdown", (event) => { event.preventDefault(); take(index); });
    return line;
  }));
  offer.hidden = false;
  text.setAttribute("aria-expanded", "true");
  select(0);
}

function select(index) {
  chosen = (index + fitting.length) % fitting.length;
  [...offer.children].forEach((line, at) => line.setAttribute("aria-selected", String(at === chosen)));
  offer.children[chosen].scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", `offer-${chosen}`);
}

function hideOffer() {
  offer.hidden = true;
  text.setAttribute("aria-expanded", "false");
  text.removeAttribute("aria-activedescendant");
}

function onKey(event) {
  if (!offer.hidden) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      return select(chosen + (event.key === "ArrowDown" ? 1 : -1));
    }
    if (event.key === "Escape") return hideOffer();
    if (event.key === "Tab") { event.preventDefault(); text.value = `/${fitting[chosen].name} `; resize(); return complete(); }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); return take(chosen); }
  }
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
}

function take(index) {
  const command = fitting[index];
  hideOffer();
  run(command, text.value.trim().slice(command.name.length + 1).trim());
}

function submit() {
  const words = text.value.trim();
  hideOffer();
  if (!words) return;
  const command = words.startsWith("/") && [...commands].sort((a, b) => b.name.length - a.name.length)
    .find(({ name }) => `${words} `.toLowerCase().startsWith(`/${name} `));
  if (command) return run(command, words.slice(command.name.length + 1).trim());
  clear();
  say(words);
}

async function say(words) {
  const sent = await ask(`/${shell.dataset.person}/say`, { room: shell.dataset.room, text: words });
  // A line that did not get through goes back to where it was typed.
  if (!sent && !text.value) { text.value = words; resize(); }
}

function run(command, words) {
  clear();
  if (command.form && !(command.quick && words)) openForm(command.name.replace(" ", "-"), words);
  else say(`/${command.name} ${words}`.trim());
}

function clear() { text.value = ""; resize(); }
