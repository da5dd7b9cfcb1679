import type { ShownConfig, ShownEntity } from "../../api/types.ts"
import { CardSection } from "../../components/CardSection.tsx"
import { CreateTokenButton } from "../../components/CreateTokenButton.tsx"
import { record, text, texts } from "../../components/readBody.ts"
import { ShownToken } from "../../components/ShownToken.tsx"
import { CreateToken } from "./CreateToken.tsx"
import { EntrySection } from "./EntrySection.tsx"
import { grantsOf } from "./grants.ts"
import { TokenTable } from "./TokenTable.tsx"
import { type ListedToken, shownToken } from "./tokens.ts"

interface Props {
  readonly config: ShownConfig
  readonly tokens: ReadonlyArray<ListedToken>
  readonly routes: ReadonlyArray<string>
  readonly teams: ReadonlyArray<string>
  readonly onChanged: (revision: number) => void
}

/** Who may call the gateway, and what each may use. */
export const AccessOverview = ({ config, tokens, routes, teams, onChanged }: Props) => {
  const grants = grantsOf(config)
  const entities = (kind: ShownEntity["kind"]) => config.entities.filter((entity) => entity.kind === kind)
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
          <CreateTokenButton>
            {(close) => (
              <CreateToken
                routes={routes}
                teams={teams}
                onCreated={(token) => {
                  close()
                  shownToken.value = token
                  onChanged(token.revision)
                }}
                onClose={close}
              />
            )}
          </CreateTokenButton>
        }
      >
        <TokenTable tokens={tokens} routes={routes} grants={grants.token} onRevoked={onChanged} />
      </CardSection>
      <EntrySection
        kind="team"
        title="Teams"
        about="What all members of a team may use."
        nameLabel="Team"
        factsLabel="Models"
        routes={routes}
        rows={entities("team").map(({ name, body }) => ({
          name,
          facts: texts(record(body)["models"]),
          grants: grants.team(name)
        }))}
        empty="None yet. A team that a token or a claim names and that is not here is a label in traces."
      />
      <EntrySection
        kind="subject"
        title="Subjects"
        about="What one caller may use, whatever it comes with."
        nameLabel="Subject"
        factsLabel="Teams"
        routes={routes}
        rows={entities("subject").map(({ name, body }) => ({
          name,
          facts: texts(record(body)["teams"]),
          grants: grants.subject(name)
        }))}
        empty="None yet, and none is needed: tokens and claims name their subjects themselves."
      />
      <EntrySection
        kind="issuer"
        title="JWT issuers"
        about="Identity providers whose tokens are let in."
        nameLabel="Issuer"
        factsLabel="Audience"
        routes={routes}
        rows={entities("jwt-issuer").map(({ name, body }) => ({
          name,
          facts: [text(record(body)["audience"])].filter((audience) => audience !== ""),
          grants: grants.issuer(body)
        }))}
        empty="None yet."
      />
    </>
  )
}
