/** A protobuf message under construction: each method appends one field. */
export interface Message {
  /** A varint of type int64, not negative. */
  integer(field: number, value: number): Message;
  float(field: number, value: number): Message;
  text(field: number, value: string): Message;
  bytes(field: number, value: Uint8Array): Message;
  message(field: number, value: Message): Message;
  /** Everything so far, in pieces. */
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

/**
 * An empty protobuf message. Only what writing ONNX needs of the wire format.
 *
 * @see https://protobuf.dev/programming-guides/encoding
 */
export function createMessage(): Message {
  const parts: Uint8Array[] = [];
  let length = 0;
  const push = (...added: readonly Uint8Array[]) => {
    for (const part of added) {
      parts.push(part);
      length += part.length;
    }
  };
  const self: Message = {
    parts,
    get length() {
      return length;
    },
    integer(field, value) {
      push(varint(field * 8), varint(value));
      return self;
    },
    float(field, value) {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setFloat32(0, value, true);
      push(varint(field * 8 + 5), bytes);
      return self;
    },
    text(field, value) {
      return self.bytes(field, new TextEncoder().encode(value));
    },
    bytes(field, value) {
      push(varint(field * 8 + 2), varint(value.length), value);
      return self;
    },
    message(field, value) {
      push(varint(field * 8 + 2), varint(value.length), ...value.parts);
      return self;
    },
  };
  return self;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
