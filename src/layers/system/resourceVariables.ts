import * as Result from "effect/Result"

/**
 * `OTEL_RESOURCE_ATTRIBUTES`, `key=value,key=value` with `%` for what needs it, by OpenTelemetry's rules: blanks around
 * keys and values do not count, a later key wins, and one mistake makes the whole variable void. The failure says what
 * the mistake is and where, without quoting a value.
 */
export const parseResourceAttributes = (text: string): Result.Result<Record<string, string>, string> => {
  const attributes = new Map<string, string>()
  for (const [index, member] of text.split(",").entries()) {
    if (member.trim() === "") continue
    const equals = member.indexOf("=")
    if (equals === -1) return Result.fail(`entry ${index + 1} has no "="`)
    const [key, value] = [decode(member.slice(0, equals)), decode(member.slice(equals + 1))]
    if (key === undefined || value === undefined)
      return Result.fail(`entry ${index + 1} has a "%" without two hex digits of UTF-8`)
    if (key === "") return Result.fail(`entry ${index + 1} has no key`)
    attributes.set(key, value)
  }
  return Result.succeed(Object.fromEntries(attributes))
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}
