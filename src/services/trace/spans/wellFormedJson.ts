/** What `JSON.stringify` gives has half characters as escapes, which strict readers refuse: each becomes U+FFFD. */
export const wellFormedJson = (json: string): string =>
  json.includes("\\ud") ? json.replace(ESCAPED, (found) => (found === BACKSLASH ? found : "\ufffd")) : json

const BACKSLASH = "\\\\"
/** An escaped backslash is matched too, so that what follows it is not taken for an escape. */
const ESCAPED = /\\(?:\\|ud[89a-f][0-9a-f]{2})/g
