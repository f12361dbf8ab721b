// Starts the page: the live line, the composer, the dialogs and the side bar.
import { startComposer } from "./composer.js";
import { act } from "./acts.js";
import { startLive } from "./live.js";
import { startList } from "./list.js";
import { startSheets, openForm } from "./sheets.js";

startList();
startSheets();
startLive();
startComposer();

// One listener for every button of every card: the button names the act and carries its ids.
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-act], [data-form], [data-theme-choice], .menu, .veil");
  if (!target) return;
  if (target.matches(".menu, .veil")) {
    openSide(!document.body.classList.contains("side-open"));
  } else if (target.dataset.themeChoice) {
    chooseTheme(target.dataset.themeChoice);
  } else if (target.dataset.form) {
    openForm(target.dataset.form, target.dataset.words ?? "");
  } else if (target.tagName !== "FORM") {
    const { act: name, ...values } = target.dataset;
    act(name, values, target);
  }
});

document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeSide(); });
matchMedia("(min-width: 761px)").addEventListener("change", closeSide);

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".me details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

function closeSide() {
  if (document.body.classList.contains("side-open")) openSide(false);
}

function openSide(open) {
  document.body.classList.toggle("side-open", open);
  // What lies under the side bar is out of reach of the keyboard too.
  document.querySelector(".main").inert = open;
  document.querySelector(".menu").setAttribute("aria-expanded", String(open));
  document.querySelector(open ? ".rooms a" : ".menu").focus();
}

function chooseTheme(choice) {
  localStorage.setItem("theme", choice);
  document.documentElement.dataset.theme = choice;
}
