// A view of an office: signs in by a token, enters, carries the account's media, and keeps up with who is near.

import { decode, encode } from "./msgpack.js";

export const CARRIED = 1;
export const MICROPHONE = 2;
export const CAMERA = 4;

export class Office {
  constructor() {
    this.you = 0;
    this.avatars = new Map(); // id -> bits of media
    this.links = new Map(); // id -> bits of flow
    this.onchange = () => {};
    this.onsignal = () => {};
    this.onlost = () => {};
    this.rid = 0;
    this.waiting = new Map();
  }

  async join(url, token) {
    this.socket = new WebSocket(url, "gathertui.1");
    this.socket.binaryType = "arraybuffer";
    await new Promise((resolve, reject) => {
      this.socket.onopen = resolve;
      this.socket.onerror = () => reject(new Error("no connection to the office"));
    });
    this.socket.onclose = (event) => this.onlost(`the office closed: ${event.code} ${event.reason}`);
    this.socket.onmessage = (event) => this.receive(decode(event.data));
    const welcomed = new Promise((resolve) => (this.welcomed = resolve));
    this.send("hello", "browser", "0", 0, 0, `browser-${Math.random()}`, "view", token);
    const account = (await welcomed)[4];
    if (account === null) throw new Error("the token was refused");
    const [, , , , you, avatars] = await this.ask("enter");
    this.you = you;
    this.keep(avatars);
    await this.ask("carry_media");
    this.onchange();
  }

  send(...message) {
    this.socket.send(encode(message));
  }

  ask(tag, ...fields) {
    const rid = ++this.rid;
    this.send(tag, rid, ...fields);
    return new Promise((resolve, reject) => this.waiting.set(rid, { resolve, reject }));
  }

  async iceServers() {
    const [, , servers, stunPort, relayOnly] = await this.ask("get_ice_servers");
    const iceServers = servers.map(([urls, username, credential]) => ({ urls, username, credential }));
    if (stunPort) iceServers.push({ urls: `stun:${new URL(this.socket.url).hostname}:${stunPort}` });
    return { iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" };
  }

  signal(avatar, call, ...body) {
    this.send("signal", avatar, call, body);
  }

  keep(avatars) {
    for (const avatar of avatars) this.avatars.set(avatar[0], avatar[7]);
  }

  receive(message) {
    const [tag] = message;
    switch (tag) {
      case "welcome":
        this.welcomed(message);
        break;
      case "roster":
        for (const id of message[1]) this.avatars.delete(id);
        this.keep(message[2]);
        this.onchange();
        break;
      case "links":
        for (const id of message[1]) this.links.delete(id);
        for (const [id, flow] of message[2]) this.links.set(id, flow);
        this.onchange();
        break;
      case "signalled":
        this.onsignal(message[1], message[2], message[3]);
        break;
      case "closing":
        this.onlost(`the office closes: ${message[2]}`);
        break;
      case "failure":
        this.fail(message);
        break;
      default:
        this.answered(message);
    }
  }

  answered(message) {
    const asked = this.waiting.get(message[1]);
    if (asked === undefined) return; // a tick, say
    this.waiting.delete(message[1]);
    asked.resolve(message);
  }

  fail([, rid, code, text]) {
    const asked = this.waiting.get(rid);
    this.waiting.delete(rid);
    const error = new Error(`${code}: ${text}`);
    if (asked) asked.reject(error);
    else this.onlost(error.message);
  }
}
