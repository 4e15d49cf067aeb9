// A guest's serial port, shown by xterm.js.  A serial line has no size: 80 by 24 is what guests
// take it to be.

import { Terminal } from "../xterm/lib/xterm.mjs";
import { openLine } from "./status.js";

const terminal = new Terminal({ cols: 80, rows: 24, cursorBlink: true, scrollback: 5000 });
// Firmware turns the wrapping of long lines off, and no guest turns it on again
terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, (modes) => modes[0] === 7);
terminal.open(document.getElementById("terminal"));

const line = openLine();
line.addEventListener("open", () => {
  terminal.focus();
});
line.addEventListener("message", (event) => terminal.write(new Uint8Array(event.data)));
line.addEventListener("close", () => {
  terminal.options.disableStdin = true;
});

const bytes = new TextEncoder();
terminal.onData((typed) => sendAll(bytes.encode(typed)));
terminal.onBinary((typed) => sendAll(Uint8Array.from(typed, (char) => char.charCodeAt(0))));

function sendAll(typed) {
  if (line.readyState !== WebSocket.OPEN) {
    return;
  }
  // The daemon takes pieces of 64 KiB; what is pasted may be longer
  for (let start = 0; start < typed.length; start += 32768) {
    line.send(typed.subarray(start, start + 32768));
  }
}
