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

/**
 * Where no configuration is, writes one to begin with, readable by its owner only, and gives back the token it lets in.
 * The token is written nowhere, so it must be shown now. An existing file is never touched: undefined then.
 */
export const firstRun = (file: string): Effect.Effect<string | undefined, FirstRunFailed> =>
  Effect.tryPromise({
    try: async () => {
      const token = `sg-${randomBytes(32).toString("base64url")}`
      const text = initialConfig(createHash("sha256").update(token).digest("hex"))
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text, { flag: "wx", mode: 0o600 })
      return token
    },
    catch: (cause) => cause
  }).pipe(
    Effect.catch((cause) =>
      Predicate.hasProperty(cause, "code") && cause.code === "EEXIST"
        ? Effect.undefined
        : Effect.fail(new FirstRunFailed({ file, cause }))
    )
  )

const initialConfig = (
  sha256: string
): string => `# Spangate's configuration. Save it, and within a second it is in force;
# a mistake is named in the log by line, and the last good version stays.
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
      sha256: ${sha256}
      models: ["*"]

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
