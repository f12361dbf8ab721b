// Dialogs: opened with what the server sent, closed by its answer. What is in them belongs to sheets.js.
let afterConsent = null;

export function openSheet(html) {
  document.querySelector("dialog.sheet")?.remove();
  const sheet = fragment(html);
  document.body.append(sheet);
  sheet.addEventListener("close", () => sheet.remove());
  sheet.showModal();
  sheet.dispatchEvent(new Event("sheet-opened", { bubbles: true }));
}

export function closeSheet() {
  document.querySelector("dialog.sheet")?.close();
}

export function sheetSays(text) {
  const box = document.querySelector("dialog.sheet .answer");
  if (!box) return false;
  box.textContent = text;
  box.classList.add("said-no");
  box.scrollIntoView({ block: "nearest" });
  return true;
}

export function askThenRepeat(html, repeat) {
  return new Promise((resolve) => {
    let agreed = false;
    const before = document.querySelector("dialog.sheet");
    const sheet = fragment(html);
    sheet.classList.add("consent");
    document.body.append(sheet);
    afterConsent = async () => { agreed = true; sheet.close(); resolve(await repeat()); };
    sheet.addEventListener("close", () => { sheet.remove(); if (!agreed) resolve(false); before?.querySelector("button[type=submit]")?.focus(); });
    sheet.showModal();
  });
}

export function takeConsent() {
  const waiting = afterConsent;
  afterConsent = null;
  return waiting;
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}
