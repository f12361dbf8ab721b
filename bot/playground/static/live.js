// The live line: one WebSocket, with a calm notice and a growing wait when it breaks.
import { apply } from "./acts.js";

const shell = document.querySelector(".shell");
const away = document.querySelector(".away");
let wait = 500;
let lost = false;

export function startLive() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const line = new WebSocket(`${scheme}://${location.host}/${shell.dataset.person}/live?room=${encodeURIComponent(shell.dataset.room)}`);
  line.addEventListener("open", () => {
    wait = 500;
    away.hidden = true;
    document.body.dataset.live = "yes";
    // Whatever happened in between is on the page that the server draws now.
    if (lost) location.reload();
  });
  line.addEventListener("message", ({ data }) => apply(JSON.parse(data)));
  line.addEventListener("close", () => {
    lost = true;
    document.body.dataset.live = "no";
    setTimeout(() => { away.hidden = false; }, 800);
    setTimeout(startLive, wait);
    wait = Math.min(wait * 1.7, 8000);
  });
}
