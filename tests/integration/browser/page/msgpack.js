// MessagePack as far as the protocol uses it: nil, booleans, numbers, strings, bytes and arrays.

const UTF8 = new TextEncoder();

export function encode(value) {
  const bytes = [];
  put(bytes, value);
  return new Uint8Array(bytes);
}

function put(bytes, value) {
  if (value === null) bytes.push(0xc0);
  else if (typeof value === "boolean") bytes.push(value ? 0xc3 : 0xc2);
  else if (typeof value === "number") putNumber(bytes, value);
  else if (typeof value === "string") putSized(bytes, UTF8.encode(value), [0xd9, 0xda, 0xdb]);
  else if (value instanceof Uint8Array) putSized(bytes, value, [0xc4, 0xc5, 0xc6]);
  else if (Array.isArray(value)) {
    if (value.length < 16) bytes.push(0x90 | value.length);
    else bytes.push(0xdc, value.length >> 8, value.length & 255);
    for (const item of value) put(bytes, item);
  } else throw new TypeError(`can't encode ${typeof value}`);
}

function putNumber(bytes, value) {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) {
    if (value < 128) bytes.push(value);
    else bytes.push(0xce, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    return;
  }
  const eight = new DataView(new ArrayBuffer(8));
  eight.setFloat64(0, value);
  bytes.push(0xcb, ...new Uint8Array(eight.buffer));
}

function putSized(bytes, data, [one, two, four]) {
  const size = data.length;
  if (size < 2 ** 8) bytes.push(one, size);
  else if (size < 2 ** 16) bytes.push(two, size >> 8, size & 255);
  else bytes.push(four, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  for (const byte of data) bytes.push(byte);
}

export function decode(buffer) {
  const reader = new Reader(buffer);
  const value = reader.value();
  if (reader.at !== buffer.byteLength) throw new RangeError("bytes are left over");
  return value;
}

class Reader {
  constructor(buffer) {
    this.view = new DataView(buffer);
    this.at = 0;
  }

  unsigned(size) {
    const at = this.at;
    this.at += size;
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at);
    if (size === 4) return this.view.getUint32(at);
    return Number(this.view.getBigUint64(at));
  }

  signed(size) {
    const at = this.at;
    this.at += size;
    if (size === 1) return this.view.getInt8(at);
    if (size === 2) return this.view.getInt16(at);
    if (size === 4) return this.view.getInt32(at);
    return Number(this.view.getBigInt64(at));
  }

  bytes(size) {
    this.at += size;
    return new Uint8Array(this.view.buffer, this.at - size, size);
  }

  text(size) {
    return new TextDecoder().decode(this.bytes(size));
  }

  array(size) {
    return Array.from({ length: size }, () => this.value());
  }

  float(size) {
    this.at += size;
    return size === 4 ? this.view.getFloat32(this.at - 4) : this.view.getFloat64(this.at - 8);
  }

  value() {
    const kind = this.unsigned(1);
    if (kind < 0x80) return kind;
    if (kind >= 0xe0) return kind - 0x100;
    if (kind >= 0x90 && kind < 0xa0) return this.array(kind & 15);
    if (kind >= 0xa0 && kind < 0xc0) return this.text(kind & 31);
    switch (kind) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: case 0xc5: case 0xc6: return this.bytes(this.unsigned(1 << (kind - 0xc4)));
      case 0xca: return this.float(4);
      case 0xcb: return this.float(8);
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return this.unsigned(1 << (kind - 0xcc));
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: return this.signed(1 << (kind - 0xd0));
      case 0xd9: case 0xda: case 0xdb: return this.text(this.unsigned(1 << (kind - 0xd9)));
      case 0xdc: case 0xdd: return this.array(this.unsigned(kind === 0xdc ? 2 : 4));
    }
    throw new RangeError(`can't decode 0x${kind.toString(16)}`);
  }
}
