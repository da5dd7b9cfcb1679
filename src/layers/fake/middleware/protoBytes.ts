/** Protobuf's wire format, as little of it as the fake has to write. */

export const varint = (value: number): Array<number> => {
  const bytes: Array<number> = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return bytes
}

export const varintField = (field: number, value: number): Uint8Array => Uint8Array.from([field << 3, ...varint(value)])

export const lengthDelimited = (field: number, bytes: Uint8Array | string): Uint8Array => {
  const content = Buffer.from(bytes)
  return Buffer.concat([Uint8Array.from([(field << 3) | 2, ...varint(content.length)]), content])
}
