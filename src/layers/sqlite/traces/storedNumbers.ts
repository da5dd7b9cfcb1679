/* Numbers as they are stored: in the byte order of the machine, which is little-endian wherever Node runs. */

export const bytesOf = ({ buffer, byteLength, byteOffset }: Int32Array | Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

export const hashesOf = (bytes: Uint8Array): Int32Array => new Int32Array(aligned(bytes))

/** A buffer of its own; what SQLite gives has one. */
export const aligned = ({ buffer, byteLength, byteOffset }: Uint8Array): ArrayBufferLike =>
  byteOffset === 0 && buffer.byteLength === byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
