/** Size of a value as a protobuf varint; for whole numbers from 0 to 2^32. */
export const varintSize = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5

const INITIAL_BYTES = 64 * 1024
// A trace with megabytes in it is rare; the memory it needed is not kept for the ones after it.
const KEPT_BYTES = 1024 * 1024

/**
 * Writes protobuf into a buffer that grows. Callers `reserve` before they write; text reserves for itself.
 *
 * Each piece of text is looked at once for its size and copied once, by Node's own routines: ASCII, which most text is,
 * as bytes, the rest as UTF-8 with U+FFFD for half characters.
 */
export class Writer {
  private buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  private at = 0

  reserve(bytes: number): void {
    const needed = this.at + bytes
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.at)
    this.buffer = grown
  }

  byte(value: number): void {
    this.buffer[this.at++] = value
  }

  varint(value: number): void {
    while (value >= 0x80) {
      // Not by shifts, which would cut it to 32 bits.
      this.buffer[this.at++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.buffer[this.at++] = value
  }

  /** Ten bytes when negative, as protobuf has it. */
  int64(value: number): void {
    if (value >= 0) {
      this.varint(value)
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest >= 0x80n) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.at++] = Number(rest)
  }

  fixed32(value: number): void {
    this.at = this.buffer.writeUInt32LE(value, this.at)
  }

  fixed64(low: number, high: number): void {
    this.at = this.buffer.writeUInt32LE(high, this.buffer.writeUInt32LE(low, this.at))
  }

  double(value: number): void {
    this.at = this.buffer.writeDoubleLE(value, this.at)
  }

  bytes(value: Uint8Array): void {
    this.buffer.set(value, this.at)
    this.at += value.length
  }

  /** `bytes` bytes of lower-case hex digits. */
  hex(digits: string, bytes: number): void {
    for (let i = 0; i < bytes; i++) {
      this.buffer[this.at++] = (nibble(digits.charCodeAt(2 * i)) << 4) | nibble(digits.charCodeAt(2 * i + 1))
    }
  }

  /** Text whose `utf8Size` is `size`. */
  text(value: string, size: number): void {
    if (size === value.length && size <= SHORT) {
      for (let i = 0; i < size; i++) this.buffer[this.at++] = value.charCodeAt(i)
      return
    }
    this.at += this.buffer.write(value, this.at, size, size === value.length ? "latin1" : "utf8")
  }

  /** Opens a message whose length is not known yet: `expected` bytes are held for it. Closed by `end`. */
  begin(expected: number): number {
    this.at += expected
    return this.at
  }

  end(start: number, expected: number): void {
    const length = this.at - start
    const size = varintSize(length)
    if (size !== expected) {
      this.reserve(size)
      this.buffer.copyWithin(start - expected + size, start, this.at)
    }
    this.at = start - expected
    this.varint(length)
    this.at += length
  }

  /** What was written, as bytes of its own. The writer starts anew. */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.buffer, 0, this.at)
    this.clear()
    return taken
  }

  clear(): void {
    this.at = 0
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  }
}

/** Bytes of text as UTF-8. */
export const utf8Size = (text: string): number => {
  if (text.length > SHORT) return Buffer.byteLength(text)
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text)
  }
  return text.length
}

// Up to here a loop is cheaper than a call out of JavaScript.
const SHORT = 32

const nibble = (code: number): number => (code & 0x0f) + (code > 0x39 ? 9 : 0)
