// A call with one avatar, by the rules for those who never offer: ask for an offer, and answer each that comes.

const TEXT = new TextDecoder();
const BYTES = new TextEncoder();
const ASK_AGAIN = 3000; // ms
const MEDIUM_PICTURES = 2;

export class Call {
  constructor(office, avatar, stream, hear, see) {
    this.office = office;
    this.avatar = avatar;
    this.stream = stream;
    this.hear = hear;
    this.see = see;
    this.number = 0;
    this.offers = 0;
    this.peer = null;
    this.early = []; // candidates that came before their offer was taken
    this.work = Promise.resolve();
    this.senders = new Map(); // "audio" or "video" -> RTCRtpSender
    this.ask();
  }

  ask() {
    this.office.signal(this.avatar, 1 + Math.floor(Math.random() * 0x7fffffff), "ask");
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.peer || this.ask(), ASK_AGAIN);
  }

  // Signals are taken one after the other, in the order in which they came.
  signalled(number, body) {
    this.work = this.work.then(() => this.take(number, body));
    return this.work;
  }

  async take(number, [tag, ...fields]) {
    if (tag === "offer") await this.answer(number, TEXT.decode(fields[0]));
    else if (tag === "ask" && this.peer === null) this.ask();
    else if (tag === "hang_up" && number === this.number) this.drop();
    else if (tag === "candidate") {
      const [candidate, mid, line] = fields;
      const made = { candidate: TEXT.decode(candidate), sdpMid: TEXT.decode(mid), sdpMLineIndex: line };
      if (number === this.number) await this.peer.addIceCandidate(made);
    }
  }

  async answer(number, sdp) {
    this.offers += 1;
    if (number !== this.number) {
      this.drop();
      this.number = number;
      this.peer = new RTCPeerConnection(await this.office.iceServers());
      this.peer.onicecandidate = ({ candidate }) => candidate && this.tell(number, candidate);
      this.peer.ontrack = ({ track }) => (track.kind === "audio" ? this.hear(track) : this.see(track));
    }
    const peer = this.peer;
    await peer.setRemoteDescription({ type: "offer", sdp });
    for (const transceiver of peer.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      if (this.senders.has(kind)) continue;
      transceiver.direction = "sendrecv";
      this.senders.set(kind, transceiver.sender);
      await transceiver.sender.replaceTrack(this.stream.getTracks().find((track) => track.kind === kind));
    }
    await peer.setLocalDescription();
    this.office.signal(this.avatar, number, "answer", BYTES.encode(peer.localDescription.sdp));
    this.office.signal(this.avatar, number, "want", MEDIUM_PICTURES);
  }

  tell(number, { candidate, sdpMid, sdpMLineIndex }) {
    if (!candidate) return; // the end of the candidates
    const fields = [BYTES.encode(candidate), BYTES.encode(sdpMid), sdpMLineIndex];
    this.office.signal(this.avatar, number, "candidate", ...fields);
  }

  turn(kind, on) {
    const track = this.stream.getTracks().find((one) => one.kind === kind);
    return this.senders.get(kind)?.replaceTrack(on ? track : null);
  }

  drop() {
    this.peer?.close();
    this.peer = null;
    this.number = 0;
    this.senders.clear();
  }

  close() {
    clearTimeout(this.asking);
    this.drop();
  }

  async report() {
    const peer = this.peer;
    if (peer === null) return { offers: this.offers, connection: "none" };
    const stats = [...(await peer.getStats()).values()];
    const inbound = (kind) => stats.find((one) => one.type === "inbound-rtp" && one.kind === kind) ?? {};
    const transport = stats.find((one) => one.type === "transport");
    const pair = stats.find((one) => one.id === transport?.selectedCandidatePairId);
    const type = (id) => stats.find((one) => one.id === id)?.candidateType ?? "";
    return {
      offers: this.offers,
      connection: peer.connectionState,
      sound_packets: inbound("audio").packetsReceived ?? 0,
      picture_packets: inbound("video").packetsReceived ?? 0,
      frames_decoded: inbound("video").framesDecoded ?? 0,
      pair: pair ? [type(pair.localCandidateId), type(pair.remoteCandidateId)] : [],
    };
  }
}
