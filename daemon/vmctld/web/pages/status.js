// What both pages share: the WebSocket behind this page's own URL, and how it is doing.

const status = document.getElementById("status");
const again = document.getElementById("again");

export function openLine() {
  const url = new URL(window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  const line = new WebSocket(url);
  line.binaryType = "arraybuffer";
  line.addEventListener("open", () => say("Connected", "up"));
  line.addEventListener("close", (event) => {
    say(event.reason || "The connection was lost.", "down");
    again.hidden = false;
    again.focus();
  });
  return line;
}

function say(words, state) {
  status.textContent = words;
  document.body.dataset.state = state;
}

again.addEventListener("click", () => window.location.reload());
