/** Hashes as they are stored: in the byte order of the machine, which is little-endian wherever Node runs. */
export const bytesOf = (hashes: Int32Array): Uint8Array =>
  new Uint8Array(hashes.buffer, hashes.byteOffset, hashes.byteLength)

export const hashesOf = (bytes: Uint8Array): Int32Array =>
  bytes.byteOffset % Int32Array.BYTES_PER_ELEMENT === 0
    ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Int32Array.BYTES_PER_ELEMENT)
    : new Int32Array(bytes.slice().buffer)
