import type { ShownEntity } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import { Name } from "../../components/Name.tsx"
import { formatName } from "../../format/names.ts"
import { MODELS_PATH } from "./catalog.ts"
import { retrySummary } from "./TargetFields.tsx"
import { routings } from "./VirtualFields.tsx"
import { readVirtual, shares } from "./virtualForm.ts"

/** A virtual model, and where its requests go. */
export const VirtualCard = ({ virtual }: { readonly virtual: ShownEntity }) => {
  const form = readVirtual(virtual.body)
  const share = shares(form)
  const targets = form.targets.map((target, index) => ({ target, index, share: share[index] }))
  if (form.type === "priority") {
    targets.sort((a, b) => order(a.target.priority, a.index) - order(b.target.priority, b.index))
  }
  return (
    <article class="card" aria-label={`Virtual model ${formatName(form.name)}`}>
      <header class="card-head">
        <h3 class="mono wrap">
          <Name>{form.name}</Name>
        </h3>
        <span class="chip">by {routings.find(({ value }) => value === form.type)?.label.toLowerCase()}</span>
        <span class="spacer" />
        {mayEdit.value && (
          <a
            aria-label={`Try ${formatName(form.name)}`}
            class="button quiet"
            href={href("/playground", { model: form.name })}
          >
            Try
          </a>
        )}
        <a
          class="button"
          aria-label={`${mayEdit.value ? "Edit" : "View"} ${formatName(form.name)}`}
          href={href(MODELS_PATH, { virtual: form.name })}
        >
          {mayEdit.value ? "Edit" : "View"}
        </a>
      </header>
      <ol class="targets">
        {targets.map(({ target, index, share: percent }, place) => (
          <li key={index}>
            <div class="row">
              <span class="mono wrap">
                <Name>{target.model}</Name>
              </span>
              <span class="spacer" />
              <strong class="number">
                {form.type === "priority" ? `${place + 1}.` : percent === undefined ? "" : `${percent} %`}
              </strong>
            </div>
            {percent !== undefined && <progress class="share" max={100} value={percent} aria-label={`${percent} %`} />}
            <div class="muted small">{retrySummary(target, targets.length === 1)}</div>
          </li>
        ))}
      </ol>
    </article>
  )
}

const order = (priority: string, index: number): number => (priority === "" ? index : Number(priority))
