// What comes out at this end: the strongest tone, and how many different pictures.

const SIZE = 16; // pixels a side of the small copy in which pictures are compared

export class Ear {
  constructor() {
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 8192;
    this.analyser.smoothingTimeConstant = 0;
    this.bins = new Float32Array(this.analyser.frequencyBinCount);
  }

  hear(track) {
    const stream = new MediaStream([track]);
    // A remote track flows into WebAudio only while an element plays it.
    this.element = new Audio();
    this.element.muted = true;
    this.element.srcObject = stream;
    this.element.play();
    this.source?.disconnect();
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  // The strongest tone in Hz and its strength in dB, 0 being full scale.
  report() {
    this.analyser.getFloatFrequencyData(this.bins);
    let best = 1;
    for (let bin = 1; bin < this.bins.length; bin++) if (this.bins[bin] > this.bins[best]) best = bin;
    const level = this.bins[best];
    const hz = (best * this.context.sampleRate) / this.analyser.fftSize;
    return { tone: hz, tone_level: Number.isFinite(level) ? level : -200 };
  }
}

export class Eye {
  constructor(element) {
    this.element = element;
    this.frames = 0;
    this.different = 0;
    this.last = "";
    this.sides = [];
    const canvas = new OffscreenCanvas(SIZE, SIZE);
    this.drawing = canvas.getContext("2d", { willReadFrequently: true });
    element.requestVideoFrameCallback(() => this.saw());
  }

  see(track) {
    this.element.srcObject = new MediaStream([track]);
    this.element.play();
  }

  saw() {
    this.frames += 1;
    this.drawing.drawImage(this.element, 0, 0, SIZE, SIZE);
    const { data } = this.drawing.getImageData(0, 0, SIZE, SIZE);
    const now = data.join();
    if (now !== this.last) this.different += 1;
    this.last = now;
    this.sides = [mean(data, 0, SIZE / 2), mean(data, SIZE / 2, SIZE)];
    this.element.requestVideoFrameCallback(() => this.saw());
  }

  report() {
    const { videoWidth: width, videoHeight: height } = this.element;
    return { frames: this.frames, different_frames: this.different, sides: this.sides, size: [width, height] };
  }
}

// The mean colour of the columns from `left` up to `right`.
function mean(data, left, right) {
  const sums = [0, 0, 0];
  for (let y = 0; y < SIZE; y++)
    for (let x = left; x < right; x++)
      for (let channel = 0; channel < 3; channel++) sums[channel] += data[(y * SIZE + x) * 4 + channel];
  return sums.map((sum) => Math.round(sum / ((right - left) * SIZE)));
}
