/** Replaces each part of a text that a search finds. Takes time in proportion to the text, whatever the text. */
export type FindAndReplace = (text: string, replace: (found: string) => string) => string

// A key may also begin after an escape: of a URL, or of a piece of JSON that is not JSON any more.
const startAfterNone = (of: string) => String.raw`(?:(?<![${of}])|(?<=\\[bfnrt]|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}))`

// Each form succeeds as soon as it is long enough, so that no failed try is long.
const keyForms = [
  // OpenAI, Anthropic (sk-ant-), OpenRouter (sk-or-).
  "sk-[A-Za-z0-9_-]{16,}",
  // Spangate.
  "sg-[A-Za-z0-9_-]{32,}",
  // Google.
  "AIza[A-Za-z0-9_-]{30,}",
  // GitHub and GitLab.
  "gh[oprsu]_[A-Za-z0-9]{20,}",
  "github_pat_[A-Za-z0-9_]{20,}",
  "glpat-[A-Za-z0-9_-]{16,}",
  // Slack.
  "xox[a-z]-[A-Za-z0-9-]{10,}",
  // AWS.
  "A[KS]IA[A-Z0-9]{16}",
  // Hugging Face, Groq, xAI, Perplexity, Stripe.
  "(?:hf|gsk)_[A-Za-z0-9]{20,}",
  "(?:xai|pplx)-[A-Za-z0-9]{20,}",
  "[rs]k_live_[A-Za-z0-9]{16,}"
]

const API_KEY = new RegExp(
  [
    `${startAfterNone("A-Za-z0-9")}(?:${keyForms.join("|")})`,
    // A JWT, which must not begin inside of what may be one: each of many beginnings would be read to the text's end.
    String.raw`${startAfterNone("A-Za-z0-9_-")}eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`,
    String.raw`(?<=[Bb]earer[ \t]{1,4})[A-Za-z0-9._~+/=-]{16,}`,
    // One that was cut off ends with the text.
    String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)`
  ].join("|"),
  "g"
)

const EMAIL = /(?<![\p{L}\p{N}._+-])[\p{L}\p{N}._+-]+@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}/gu

/** Keys and tokens of well-known forms, JWTs, what follows `Bearer`, and private keys in PEM. */
export const findApiKeys: FindAndReplace = (text, replace) => text.replace(API_KEY, replace)

/** E-mail addresses, in any script. */
export const findEmails: FindAndReplace = (text, replace) => (text.includes("@") ? text.replace(EMAIL, replace) : text)

/** Matches of a pattern whose cost is bounded (`RegularExpression` in the configuration). */
export const findPattern = (source: string): FindAndReplace => {
  const pattern = new RegExp(source, "gu")
  return (text, replace) => text.replace(pattern, replace)
}
