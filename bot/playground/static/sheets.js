// The forms in the dialogs: fetched from the server, filled in, sent; files that were dropped wait for theirs.
import { act, handIn, send, toast, words } from "./acts.js";
import { closeSheet, sheetSays, takeConsent } from "./dialogs.js";

const shell = document.querySelector(".shell");
let waitingFiles = [];

export function startSheets() {
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", onChange);
  document.addEventListener("input", onInput);
  document.addEventListener("sheet-opened", onOpened);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog.sheet")) event.target.close();
  });
  startDropping();
}

export async function openForm(name, words = "") {
  const query = new URLSearchParams({ room: shell.dataset.room, words });
  await send(() => fetch(`/${shell.dataset.person}/form/${name}?${query}`));
}

function onOpened({ target: sheet }) {
  const files = sheet.querySelector("input[type=file]");
  if (files && waitingFiles.length) {
    const transfer = new DataTransfer();
    waitingFiles.forEach((file) => transfer.items.add(file));
    files.files = transfer.files;
    // Taken, not left until the form closes: a form before this one may tell of its closing only now.
    waitingFiles = [];
  }
  if (files) showFiles(files);
  for (const chooser of sheet.querySelectorAll("[data-shows]")) showFor(chooser);
  // On a phone the keyboard would cover the form before anybody has read it.
  const first = matchMedia("(hover: hover)").matches ? ".body select, .body textarea, .body input:not([type=hidden])" : "h2";
  sheet.querySelector(`[autofocus], ${first}`)?.focus();
  estimateSoon(sheet.querySelector("form"));
}

async function onSubmit(event) {
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  const box = form.querySelector(".answer");
  if (box) { box.textContent = ""; box.classList.remove("said-no"); }
  button?.setAttribute("disabled", "");
  if (form.dataset.act === "agree") {
    const again = takeConsent();
    if (await act("agree", valuesOf(form))) await again?.();
  } else if (form.dataset.act === "contribute") {
    await sendFiles(form);
  } else {
    await act(form.dataset.act, valuesOf(form));
  }
  button?.removeAttribute("disabled");
}

async function sendFiles(form) {
  const input = form.querySelector("input[type=file]");
  const files = [...input.files];
  if (!files.length) return sheetSays(words.choose);
  const failed = [];
  for (const file of files) {
    if (!await handIn(file, valuesOf(form))) failed.push(file);
  }
  if (!failed.length) return closeSheet();
  const transfer = new DataTransfer();
  failed.forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
  showFiles(input);
}

function valuesOf(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string") values[name] = value;
  for (const box of form.querySelectorAll("input[type=checkbox]")) values[box.name] = box.checked ? "true" : "false";
  return values;
}

function onChange(event) {
  if (event.target.matches(".file-drop input")) showFiles(event.target);
  const chooser = event.target.closest("[data-shows]");
  if (chooser) showFor(chooser);
  const filler = event.target.closest("[data-fills]");
  if (filler) fill(filler);
  else if (event.target.selectedOptions?.[0]?.dataset.size) fill(event.target.form.querySelector("[data-fills]:checked"), true);
  estimateSoon(event.target.form);
}

let estimating = 0;
function onInput(event) { estimateSoon(event.target.form); }
function estimateSoon(form) {
  if (!form?.dataset.estimate) return;
  clearTimeout(estimating);
  estimating = setTimeout(() => act("estimate", valuesOf(form)), 350);
}

// A preset puts its values for a release of this size into the fields, where they stay open to change; what
// somebody typed is kept when only the release is another one.
function fill(filler, keepTyped = false) {
  const values = JSON.parse(filler.dataset.fills)[chosenSize(filler.form)] ?? {};
  for (const [name, value] of Object.entries(values)) {
    const field = filler.form.elements[name];
    if (!field || (keepTyped && field.value !== field.defaultValue)) continue;
    field.value = field.defaultValue = String(value);
  }
}

function chosenSize(form) {
  const chooser = form.querySelector("select[name=release]:enabled") ?? form.elements.datanet;
  return chooser.selectedOptions[0]?.dataset.size;
}

// Fields that only fit one kind of datanet are shown when a datanet of that kind is chosen.
function showFor(chooser) {
  const kind = chooser.selectedOptions[0]?.dataset.kind ?? "";
  for (const part of chooser.form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(kind);
    for (const field of part.querySelectorAll("input, textarea, select")) field.disabled = part.hidden;
  }
}

function showFiles(input) {
  const list = input.closest(".file-drop").querySelector("ul");
  list.replaceChildren(...[...input.files].map((file) => {
    const line = document.createElement("li");
    line.textContent = `${file.name} · ${sizeOf(file.size)}`;
    return line;
  }));
}

function sizeOf(bytes) {
  return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function contribute(files) {
  waitingFiles = [...files];
  if (!waitingFiles.length) return toast(words.none, "no");
  openForm("contribute");
}

function startDropping() {
  const main = document.querySelector(".main");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event) || document.querySelector("dialog.sheet[open]")) return;
    depth += 1;
    main.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); if (!depth) main.classList.remove("dropping"); });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event) && !document.querySelector("dialog.sheet[open]")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    depth = 0;
    main.classList.remove("dropping");
    if (!carriesFiles(event) || document.querySelector("dialog.sheet[open]")) return;
    event.preventDefault();
    contribute(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length && !document.querySelector("dialog.sheet[open]")) {
      event.preventDefault();
      contribute(event.clipboardData.files);
    }
  });
}
