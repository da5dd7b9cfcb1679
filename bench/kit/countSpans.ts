/** The parts of a protobuf message that stand in a length-delimited field. */
function* fields(message: Uint8Array, number: number): Generator<Uint8Array> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    switch (tag & 7) {
      case 0:
        varint()
        break
      case 1:
        at += 8
        break
      case 2: {
        const length = varint()
        if (tag >>> 3 === number) yield message.subarray(at, at + length)
        at += length
        break
      }
      case 5:
        at += 4
        break
      default:
        throw new Error(`no protobuf: tag ${tag}`)
    }
  }
}

/** Spans of an `ExportTraceServiceRequest`. */
export const countSpans = (request: Uint8Array): number => {
  let count = 0
  for (const resourceSpans of fields(request, 1)) {
    for (const scopeSpans of fields(resourceSpans, 2)) count += [...fields(scopeSpans, 2)].length
  }
  return count
}
