import { createHash, randomBytes } from "node:crypto"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** The file does not exist and cannot be written. */
export class FirstRunFailed extends Schema.TaggedError<FirstRunFailed>()("FirstRunFailed", {
  file: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${this.file} does not exist and cannot be written, set SPANGATE_CONFIG to a path that can be`
  }
}

export interface FirstTokens {
  /** For applications. */
  readonly access: string
  /** For the dashboard and the command line. */
  readonly admin: string
}

/**
 * Where no configuration is, writes one to begin with, readable by its owner only, and gives back the tokens it lets in.
 * They are written nowhere, so they must be shown now. An existing file is never touched: undefined then.
 */
export const firstRun = (file: string): Effect.Effect<FirstTokens | undefined, FirstRunFailed> =>
  Effect.tryPromise({
    try: async (): Promise<FirstTokens | undefined> => {
      const tokens = { access: randomToken("sg"), admin: randomToken("sga") }
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, initialConfig(sha256(tokens.access), sha256(tokens.admin)), { flag: "wx", mode: 0o600 })
      return tokens
    },
    catch: (cause) => cause
  }).pipe(
    Effect.catch((cause) =>
      Predicate.hasProperty(cause, "code") && cause.code === "EEXIST"
        ? Effect.undefined
        : Effect.fail(new FirstRunFailed({ file, cause }))
    )
  )

const randomToken = (prefix: string): string => `${prefix}-${randomBytes(32).toString("base64url")}`

const sha256 = (token: string): string => createHash("sha256").update(token).digest("hex")

const initialConfig = (
  access: string,
  admin: string
): string => `# Spangate's configuration. Save it, and within a second what you changed is in force, over what the dashboard says
# of the same entry; a mistake is named in the log by line, and the last good version stays.
# \${NAME} stands for the environment variable NAME.

resource:
  service.name: spangate

capture: full                     # or "metadata": message content never leaves the gateway

providerAccounts:
  # A provider inside this process, to try things out without a key.
  - name: demo
    type: fake
    models:
      - { name: echo, price: { inputPerMillion: 0.15, outputPerMillion: 0.6 } }

  # - name: openai-main
  #   type: openai                # or openai-compatible, azure-openai, anthropic
  #   apiKey: \${OPENAI_API_KEY}
  #   models:
  #     - { name: gpt-4o-mini, price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 } }

# Names of your own for one model or several, with retries and fallbacks.
virtualModels:
  - name: demo/chat
    routing:
      type: weight                # or priority, latency
      targets:
        - { model: demo/echo, weight: 100 }

# Who may call, and what. A token is kept as its SHA-256 only:  printf %s "$TOKEN" | sha256sum
access:
  tokens:
    - subject: user:me
      sha256: ${access}
      models: ["*"]

# Who may operate, in the dashboard and on the command line: admin, editor or viewer.
admin:
  tokens:
    - name: me
      role: admin
      sha256: ${admin}

# Where traces go, besides the dashboard.
otel:
  destinations: []
  # destinations:
  #   - name: middleware
  #     endpoint: https://ACCOUNT.middleware.io:443/v1/traces
  #     headers: { Authorization: "\${MIDDLEWARE_API_KEY}" }
  #     excludeRequestData: false # true: traces without prompts and answers
  #     redaction: { mask: [{ kind: api-key }, { kind: email }] }
`
