// Does what the test says over the control socket, and reports to it a few times a second.

import { Call } from "./call.js";
import { Ear, Eye } from "./measuring.js";
import { CAMERA, CARRIED, MICROPHONE, Office } from "./office.js";

const EVERY = 200; // ms between reports

const control = new WebSocket(`ws://${location.host}/control`);
const tell = (what) => control.readyState === WebSocket.OPEN && control.send(JSON.stringify(what));
const complain = (error) => tell({ problem: String(error?.stack ?? error) });
window.onerror = (message, source, line) => complain(`${message} (${source}:${line})`);
window.onunhandledrejection = (event) => complain(event.reason);

const office = new Office();
const ear = new Ear();
const eye = new Eye(document.getElementById("seen"));
let stream = null;
let call = null;

// The page talks with one avatar: the first that it is linked with and that carries its media.
function callWhoIsNear() {
  const near = [...office.links.keys()].filter((id) => office.avatars.get(id) & CARRIED);
  if (call !== null && !near.includes(call.avatar)) {
    call.close();
    call = null;
  }
  if (call === null && near.length && office.avatars.get(office.you) & CARRIED)
    call = new Call(office, near[0], stream, (track) => ear.hear(track), (track) => eye.see(track));
}

office.onchange = callWhoIsNear;
office.onlost = complain;
office.onsignal = (avatar, number, body) => {
  if (call !== null && avatar === call.avatar) call.signalled(number, body).catch(complain);
};

const commands = {
  async join({ url, token }) {
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    stream = await navigator.mediaDevices.getUserMedia({ audio: raw, video: { width: 320, height: 240 } });
    await ear.context.resume();
    await office.join(url, token);
    office.send("set_media", MICROPHONE | CAMERA);
  },
  async turn({ kind, on }) {
    await call.turn(kind, on);
    office.send("set_media", (kind === "audio") === on ? MICROPHONE : CAMERA);
  },
  leave: () => office.send("goodbye"),
};

control.onmessage = async (event) => {
  const { command, ...options } = JSON.parse(event.data);
  try {
    await commands[command](options);
    tell({ done: command });
  } catch (error) {
    complain(error);
  }
};

async function report() {
  const avatar = call === null ? null : { avatar: call.avatar, ...(await call.report()) };
  tell({ report: { you: office.you, call: avatar, ...ear.report(), ...eye.report() } });
  setTimeout(() => report().catch(complain), EVERY);
}

control.onopen = () => report().catch(complain);
