/** Ids in order, as LEB128 numbers: the first, and of each other one the distance from the one before. */
export const encodeIds = (ids: ReadonlyArray<number>): Uint8Array => {
  const bytes: Array<number> = []
  let last = 0
  for (const id of ids) {
    let rest = id - last
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    bytes.push(rest)
    last = id
  }
  return Uint8Array.from(bytes)
}

/** Those at the given places, which are in order. */
export const decodeIds = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<number> => {
  const ids: Array<number> = []
  let at = 0
  let id = 0
  for (let place = 0; ids.length < places.length && at < bytes.length; place++) {
    let scale = 1
    let byte = 0x80
    while (byte >= 0x80) {
      byte = bytes[at++] ?? 0
      id += (byte & 0x7f) * scale
      scale *= 0x80
    }
    if (place === places[ids.length]) ids.push(id)
  }
  return ids
}
