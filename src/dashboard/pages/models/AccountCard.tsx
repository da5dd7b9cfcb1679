import type { ShownEntity } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import { Name } from "../../components/Name.tsx"
import { isKept } from "../../components/secretValue.ts"
import { formatName } from "../../format/names.ts"
import { formatCost } from "../../format/numbers.ts"
import { type AccountForm, accountSpec, type ModelRow, priceFields } from "./accountForm.ts"
import { infoOf, needOf } from "./accountTypes.ts"
import { MODELS_PATH } from "./catalog.ts"

/** An account and what its models cost. */
export const AccountCard = ({ account }: { readonly account: ShownEntity }) => {
  const form = accountSpec.read(account.body)
  return (
    <article class="card" aria-label={`Account ${formatName(form.name)}`}>
      <header class="card-head">
        <h3 class="wrap">
          <Name>{form.name}</Name>
        </h3>
        <span class="chip">{infoOf(form.type).label}</span>
        <span class="muted small wrap">{facts(form)}</span>
        <span class="spacer" />
        <a
          class="button"
          aria-label={`${mayEdit.value ? "Edit" : "View"} ${formatName(form.name)}`}
          href={href(MODELS_PATH, { account: form.name })}
        >
          {mayEdit.value ? "Edit" : "View"}
        </a>
      </header>
      {form.models.length === 0 ? (
        <p class="muted padded-text">No model yet: edit the account to add one.</p>
      ) : (
        <table class="table model-table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              {priceFields.map(({ key, label }) => (
                <th key={key} scope="col" class="end price-column">
                  {label}
                </th>
              ))}
              <th scope="col" class="try-column">
                <span class="hidden-visually">Try</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {form.models.map((model) => (
              <Row key={model.name} account={form.name} model={model} />
            ))}
          </tbody>
        </table>
      )}
    </article>
  )
}

const Row = ({ account, model }: { readonly account: string; readonly model: ModelRow }) => {
  const fqn = `${account}/${model.name}`
  return (
    <tr>
      <th scope="row" class="mono wrap model-name">
        <Name>{fqn}</Name>
        {model.id !== "" && model.id !== model.name && (
          <div class="muted">
            <Name>{model.id}</Name>
          </div>
        )}
      </th>
      {priceFields.map(({ key, label }) => (
        <td key={key} class="end number" data-label={label}>
          {model.price[key] === "" ? "–" : formatCost(Number(model.price[key]))}
        </td>
      ))}
      <td class="end">
        {mayEdit.value && (
          <a aria-label={`Try ${formatName(fqn)}`} href={href("/playground", { model: fqn })}>
            Try
          </a>
        )}
      </td>
    </tr>
  )
}

const facts = ({ apiKey, baseUrl, headers, type }: AccountForm): string =>
  [
    baseUrl === "" ? undefined : baseUrl,
    isKept(apiKey) ? `key •••• ${apiKey.lastFour ?? ""}` : needOf(type, "apiKey") === "none" ? undefined : "no key",
    headers.length === 0 ? undefined : `${headers.length} ${headers.length === 1 ? "header" : "headers"}`
  ]
    .filter((fact) => fact !== undefined)
    .join(" · ")
