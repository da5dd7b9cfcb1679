import type { ParsedFault } from "./Fault.ts"

const isContinuation = (byte: number) => (byte & 0xc0) === 0x80

/** A chunk cut again as the fault wants it: at every byte, inside every character of several bytes, or not at all. */
export const split = (bytes: Uint8Array, fault: ParsedFault | undefined): ReadonlyArray<Uint8Array> => {
  const everyByte = fault?.name === "split-bytes"
  if (!everyByte && fault?.name !== "split-utf8") return [bytes]
  const pieces: Array<Uint8Array> = []
  let start = 0
  bytes.forEach((byte, at) => {
    if (at === 0 || !(everyByte || isContinuation(byte))) return
    pieces.push(bytes.subarray(start, at))
    start = at
  })
  pieces.push(bytes.subarray(start))
  return pieces
}
