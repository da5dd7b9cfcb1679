/** What a fake provider says, and how fast. */
export interface AnswerStyle {
  readonly text: (prompt: string) => string
  /** How many pieces a streamed text comes in, the text repeated until it has that many characters; absent: one a word. */
  readonly chunks?: number
  /** From the request to the first byte of the answer. */
  readonly firstTokenMs: number
  /** Between two tokens of a stream. 0: as few writes as node:http makes of them. */
  readonly tokenMs: number
}

/** At once, and only what was said: the one for tests. */
export const echo: AnswerStyle = {
  text: (prompt) => `You said: ${prompt}`,
  firstTokenMs: 0,
  tokenMs: 0
}

const QUOTED = 120

/** A few friendly sentences, word by word: the one a newcomer meets. */
export const demo: AnswerStyle = {
  text: (prompt) => {
    const characters = [...prompt]
    const quoted = characters.length > QUOTED ? `${characters.slice(0, QUOTED).join("")}…` : prompt
    return (
      `You said: “${quoted}” Nice to meet you! I am the demo model that lives inside Spangate, so nothing left this machine. ` +
      "Every word you read here passed through the gateway, and its trace is on its way to the dashboard. " +
      "Add a provider account whenever you like, and a real model will take over from me."
    )
  },
  firstTokenMs: 60,
  tokenMs: 20
}

const words = /\s*\S+|\s+$/gu

/** A text as the tokens that a stream brings, one by one; joined they are the answer. */
export const tokensOf = (text: string, chunks: number | undefined): ReadonlyArray<string> => {
  if (chunks === undefined) return text.match(words) ?? []
  if (chunks === 1) return [text]
  const once = [...(text === "" ? "." : text)]
  const characters = [...once]
  while (characters.length < chunks) characters.push(" ", ...once)
  const size = characters.length / chunks
  return Array.from({ length: chunks }, (_, i) =>
    characters.slice(Math.round(i * size), Math.round((i + 1) * size)).join("")
  )
}

/** The usual rule of thumb. */
export const tokenCount = (characters: number): number => Math.ceil(characters / 4)
