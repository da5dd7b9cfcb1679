/** Longest string kept, tried in turn until the whole fits. */
const STRING_LIMITS = [65_536, 8192, 1024, 128] as const

/**
 * A JSON value made to fit `limit` bytes by cutting inside its strings, so that it stays parseable and says what was
 * left out. Only when there are too many values for that is what remains replaced by one note.
 */
export const cutJson = (value: unknown, limit: number): Uint8Array => {
  for (const longest of STRING_LIMITS) {
    const text = JSON.stringify(value, (_key, member: unknown) =>
      typeof member === "string" && member.length > longest ? cutString(member, longest) : member
    )
    const bytes = Buffer.from(text)
    if (bytes.length <= limit) return bytes
  }
  return Buffer.from(JSON.stringify({ spangate_cut: "the request has too many values to keep within the capture limit" }))
}

const cutString = (text: string, longest: number): string => {
  const last = text.charCodeAt(longest - 1)
  const keep = last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest
  return `${text.slice(0, keep)}… [${text.length - keep} characters cut]`
}
