import { isUtf8 } from "node:buffer"
import { Undecodable } from "./OtlpTrace.ts"

/** Reads protobuf's wire format. Every method throws `Undecodable` where the bytes do not hold what it is asked for. */
export class WireReader {
  readonly #bytes: Buffer
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** Where the next so many bytes start. */
  #take(length: number): number {
    const start = this.#at
    if (length > this.#end - start) throw new Undecodable("the message ends inside a field")
    this.#at = start + length
    return start
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Undecodable("a varint is longer than ten bytes")
  }

  /** The low 32 bits of a varint: tags, lengths, uint32, enums. */
  uint32(): number {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte()
      if (shift < 32) value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new Undecodable("a varint is longer than ten bytes")
  }

  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  bytes(): Uint8Array {
    const length = this.uint32()
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  string(): string {
    const length = this.uint32()
    const start = this.#take(length)
    const end = start + length
    if (this.#isAscii(start, end)) return this.#bytes.toString("latin1", start, end)
    if (!isUtf8(this.#bytes.subarray(start, end))) throw new Undecodable("a string is not valid UTF-8")
    return this.#bytes.toString("utf8", start, end)
  }

  /** Most strings are short keys, for which a call into native code costs more than the look. */
  #isAscii(start: number, end: number): boolean {
    if (end - start > 64) return false
    for (let at = start; at < end; at++) if ((this.#bytes[at] ?? 0) > 0x7f) return false
    return true
  }

  /** A reader of the embedded message that comes next. */
  message(): WireReader {
    const length = this.uint32()
    const start = this.#take(length)
    return new WireReader(this.#bytes, start, start + length)
  }

  skip(wireType: number): void {
    switch (wireType) {
      case 0:
        this.varint()
        return
      case 1:
        this.#take(8)
        return
      case 2:
        this.bytes()
        return
      case 5:
        this.#take(4)
        return
      default:
        throw new Undecodable(`wire type ${wireType} has no use here`)
    }
  }
}
