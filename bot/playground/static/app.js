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
    const open = document.body.classList.toggle("side-open");
    document.querySelector(".menu")?.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector(".rooms a")?.focus();
  } else if (target.dataset.themeChoice) {
    chooseTheme(target.dataset.themeChoice);
  } else if (target.dataset.form) {
    openForm(target.dataset.form, target.dataset.words ?? "");
  } else if (target.tagName !== "FORM") {
    const { act: name, ...values } = target.dataset;
    act(name, values, target);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("side-open")) {
    document.body.classList.remove("side-open");
    document.querySelector(".menu")?.setAttribute("aria-expanded", "false");
    document.querySelector(".menu")?.focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".me details[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

function chooseTheme(choice) {
  localStorage.setItem("theme", choice);
  document.documentElement.dataset.theme = choice;
}
