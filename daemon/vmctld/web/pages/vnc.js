// A guest's screen, shown by noVNC.

import RFB from "../novnc/core/rfb.js";
import { openLine } from "./status.js";

const control = document.getElementById("ctrl-alt-del");
const line = openLine();
const screen = new RFB(document.getElementById("screen"), line);

screen.scaleViewport = true;
screen.background = "transparent";
screen.focusOnClick = true;
screen.addEventListener("connect", () => {
  control.disabled = false;
  screen.focus();
});
screen.addEventListener("disconnect", () => {
  control.disabled = true;
});
control.addEventListener("click", () => {
  screen.sendCtrlAltDel();
  screen.focus();
});
