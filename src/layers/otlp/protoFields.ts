/** One field of a protobuf message: a varint's number, or a delimited value's bytes. Fixed-width values are skipped. */
export interface ProtoField {
  readonly number: number
  readonly value: number | Uint8Array
}

/** The fields of a message in their order; `undefined` where the bytes are no protobuf message. */
export const protoFields = (bytes: Uint8Array): ReadonlyArray<ProtoField> | undefined => {
  const fields: Array<ProtoField> = []
  let at = 0

  const varint = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
    return undefined
  }

  while (at < bytes.length) {
    const key = varint()
    if (key === undefined) return undefined
    const number = Number(key >> 3n)
    const wireType = Number(key & 7n)
    if (number < 1) return undefined
    if (wireType === 0) {
      const value = varint()
      if (value === undefined) return undefined
      fields.push({ number, value: Number(value) })
    } else if (wireType === 2) {
      const length = Number(varint() ?? -1n)
      if (length < 0 || at + length > bytes.length) return undefined
      fields.push({ number, value: bytes.subarray(at, at + length) })
      at += length
    } else if (wireType === 1 || wireType === 5) {
      at += wireType === 1 ? 8 : 4
      if (at > bytes.length) return undefined
    } else {
      return undefined
    }
  }
  return fields
}
