import { useSignal } from "@preact/signals"
import type { ShownConfig, ShownEntity } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { CardSection } from "../../components/CardSection.tsx"
import { record, text, texts } from "../../components/readBody.ts"
import { ShownToken } from "../../components/ShownToken.tsx"
import { CreateToken } from "./CreateToken.tsx"
import { EntryTable } from "./EntryTable.tsx"
import { grantsOf } from "./grants.ts"
import { TokenTable } from "./TokenTable.tsx"
import { type ListedToken, type NewToken, shownToken } from "./tokens.ts"

interface Props {
  readonly config: ShownConfig
  readonly tokens: ReadonlyArray<ListedToken>
  readonly routes: ReadonlyArray<string>
  readonly teams: ReadonlyArray<string>
  readonly onChanged: (revision: number) => void
}

/** Who may call the gateway, and what each may use. */
export const AccessOverview = ({ config, tokens, routes, teams, onChanged }: Props) => {
  const creating = useSignal(false)
  const grants = grantsOf(config)
  const entities = (kind: ShownEntity["kind"]) => config.entities.filter((entity) => entity.kind === kind)
  const created = (token: NewToken) => {
    creating.value = false
    shownToken.value = token
    onChanged(token.revision)
  }
  return (
    <>
      {shownToken.value !== undefined && (
        <ShownToken
          owner={shownToken.value.subject}
          token={shownToken.value.token}
          onDone={() => {
            shownToken.value = undefined
          }}
        >
          Applications send it as <code>Authorization: Bearer …</code>, to the gateway.
        </ShownToken>
      )}
      <CardSection
        title="Tokens"
        about="For applications. Only their hash is kept."
        action={
          <button
            type="button"
            class="button primary"
            onClick={() => {
              creating.value = true
            }}
          >
            Create token
          </button>
        }
      >
        <TokenTable tokens={tokens} routes={routes} grants={grants.token} onRevoked={onChanged} />
      </CardSection>
      <CardSection title="Teams" about="What all members of a team may use." action={<Add kind="team" />}>
        <EntryTable
          kind="team"
          nameLabel="Team"
          factsLabel="Models"
          routes={routes}
          rows={entities("team").map(({ name, body }) => ({
            name,
            facts: texts(record(body)["models"]).join(", "),
            grants: grants.team(name)
          }))}
          empty="None yet. A team that a token or a claim names and that is not here is a label in traces."
        />
      </CardSection>
      <CardSection
        title="Subjects"
        about="What one caller may use, whatever it comes with."
        action={<Add kind="subject" />}
      >
        <EntryTable
          kind="subject"
          nameLabel="Subject"
          factsLabel="Teams"
          routes={routes}
          rows={entities("subject").map(({ name, body }) => ({
            name,
            facts: texts(record(body)["teams"]).join(", "),
            grants: grants.subject(name)
          }))}
          empty="None yet, and none is needed: tokens and claims name their subjects themselves."
        />
      </CardSection>
      <CardSection
        title="JWT issuers"
        about="Identity providers whose tokens are let in."
        action={<Add kind="issuer" />}
      >
        <EntryTable
          kind="issuer"
          nameLabel="Issuer"
          factsLabel="Audience"
          routes={routes}
          rows={entities("jwt-issuer").map(({ name, body }) => ({
            name,
            facts: text(record(body)["audience"]),
            grants: grants.issuer(body)
          }))}
          empty="None yet."
        />
      </CardSection>
      {creating.value && (
        <CreateToken
          routes={routes}
          teams={teams}
          onCreated={created}
          onClose={() => {
            creating.value = false
          }}
        />
      )}
    </>
  )
}

const Add = ({ kind }: { readonly kind: string }) => (
  <a class="button" href={href("/access", { new: kind })}>
    Add {kind}
  </a>
)
