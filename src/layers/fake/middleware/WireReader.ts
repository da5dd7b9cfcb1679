import { Undecodable } from "./OtlpTrace.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads protobuf's wire format. Every method throws `Undecodable` where the bytes do not hold what it is asked for. */
export class WireReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  #take(length: number): number {
    const start = this.#at
    if (length > this.#end - start) throw new Undecodable("the message ends inside a field")
    this.#at = start + length
    return start
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Undecodable("a varint is longer than ten bytes")
  }

  /** The low 32 bits, as for tags, lengths, uint32 and enums. */
  uint32(): number {
    const first = this.#bytes[this.#at] ?? 0x80
    if (first < 0x80 && this.#at < this.#end) {
      this.#at++
      return first
    }
    return Number(BigInt.asUintN(32, this.varint()))
  }

  fixed32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  #length(): number {
    const length = this.varint()
    if (length > BigInt(this.#end - this.#at)) throw new Undecodable("the message ends inside a field")
    return Number(length)
  }

  bytes(): Uint8Array {
    const length = this.#length()
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  string(): string {
    try {
      return utf8.decode(this.bytes())
    } catch (cause) {
      throw cause instanceof Undecodable ? cause : new Undecodable("a string is not valid UTF-8")
    }
  }

  /** A reader of the embedded message that comes next. */
  message(): WireReader {
    const length = this.#length()
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
