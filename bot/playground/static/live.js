// The live line: one WebSocket, with a calm notice and a growing wait when it breaks.
import { apply } from "./acts.js";

const shell = document.querySelector(".shell");
const away = document.querySelector(".away");
let wait = 500;
let notice = 0;
let told = shell.dataset.told;

export function startLive() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const line = new WebSocket(`${scheme}://${location.host}/${shell.dataset.person}/live?room=${encodeURIComponent(shell.dataset.room)}&told=${told}&lang=${document.documentElement.lang}`);
  line.addEventListener("open", () => {
    wait = 500;
    away.hidden = true;
    document.body.dataset.live = "yes";
    clearTimeout(notice);
  });
  line.addEventListener("message", ({ data }) => apply(JSON.parse(data)));
  line.addEventListener("close", () => {
    // Nobody knows what was missed, so everything is asked for again.
    told = "";
    document.body.dataset.live = "no";
    clearTimeout(notice);
    notice = setTimeout(() => { away.hidden = false; }, 800);
    setTimeout(startLive, wait);
    wait = Math.min(wait * 1.7, 8000);
  });
}
