import "./firstSteps.css"
import type { ComponentChildren } from "preact"
import { getConfig } from "../api/api.ts"
import type { ShownConfig } from "../api/types.ts"
import { useResource } from "../api/useResource.ts"
import { href } from "../app/places.ts"
import { mayEdit } from "../app/session.ts"
import { formatName } from "../format/names.ts"
import { CopyButton } from "./CopyButton.tsx"
import { firstCall, firstModel } from "./firstCall.ts"
import { Loaded } from "./Loaded.tsx"

/** Before the first request: what to do next. */
export const FirstSteps = () => {
  const config = useResource("config", getConfig)
  return (
    <section class="first-steps" aria-labelledby="first-steps">
      <h2 id="first-steps">No trace yet</h2>
      <p class="muted">Two steps to see one, here and wherever else you want it. This page follows by itself.</p>
      <Loaded resource={config} lines={8}>
        {(data) => (
          <ol>
            <Send model={firstModel(data)} />
            <Export config={data} />
          </ol>
        )}
      </Loaded>
    </section>
  )
}

const Send = ({ model }: { readonly model: string | undefined }) => {
  if (model === undefined) {
    return (
      <Step number={1} title="Send a request">
        <p>The gateway has no model to ask yet.</p>
        {mayEdit.value ? (
          <a class="button primary" href={href("/models")}>
            Add a provider account
          </a>
        ) : (
          <p>Someone with the role editor can add a provider account.</p>
        )}
      </Step>
    )
  }
  const call = firstCall(model)
  return (
    <Step number={1} title="Send a request">
      <p>
        Through the gateway, with an <a href={href("/access")}>access token</a> of yours:
      </p>
      <pre class="example">{call}</pre>
      <div class="row">
        <CopyButton label="Copy the request" text={() => call} />
        {mayEdit.value && (
          <a class="button" href={href("/playground")}>
            Or ask in the browser
          </a>
        )}
      </div>
    </Step>
  )
}

const Export = ({ config }: { readonly config: ShownConfig }) => {
  const names = config.entities.filter(({ kind }) => kind === "destination").map(({ name }) => name)
  return (
    <Step number={2} title="Configure export">
      <p class="wrap">
        {names.length === 0
          ? "Traces are kept here. Say where they should go as well: Middleware, or any OpenTelemetry endpoint."
          : `Traces are kept here, and go to ${names.map(formatName).join(", ")} as well.`}
      </p>
      <a class={names.length === 0 ? "button primary" : "button"} href={href("/settings/otel")}>
        {names.length === 0 ? "Choose a destination" : "Look at the destinations"}
      </a>
    </Step>
  )
}

interface StepProps {
  readonly number: number
  readonly title: string
  readonly children: ComponentChildren
}

const Step = ({ number, title, children }: StepProps) => (
  <li class="first-step">
    <span class="step-number" aria-hidden="true">
      {number}
    </span>
    <div class="stack">
      <h3>{title}</h3>
      {children}
    </div>
  </li>
)
