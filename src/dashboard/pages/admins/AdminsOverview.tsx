import { useSignal } from "@preact/signals"
import type { ShownConfig } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { session } from "../../app/session.ts"
import { CardSection } from "../../components/CardSection.tsx"
import { CreateTokenButton } from "../../components/CreateTokenButton.tsx"
import { Notice } from "../../components/Notice.tsx"
import { ShownToken } from "../../components/ShownToken.tsx"
import { AdminIssuerTable } from "./AdminIssuerTable.tsx"
import { AdminTokenTable } from "./AdminTokenTable.tsx"
import { adminTokens, shownAdminToken } from "./adminTokens.ts"
import { CreateAdminToken } from "./CreateAdminToken.tsx"
import { RevokeAdminToken } from "./RevokeAdminToken.tsx"

interface Props {
  readonly config: ShownConfig
  /** Of revisions, in Unix milliseconds. */
  readonly dates: ReadonlyMap<number, number>
  readonly onChanged: () => void
}

/** Who may sign in here, and with which role. */
export const AdminsOverview = ({ config, dates, onChanged }: Props) => {
  const revoking = useSignal<string | undefined>(undefined)
  const tokens = adminTokens(config)
  const shown = shownAdminToken.value
  return (
    <>
      {shown !== undefined && (
        <ShownToken
          owner={shown.name}
          token={shown.token}
          onDone={() => {
            shownAdminToken.value = undefined
          }}
        >
          It signs in here, and opens the API and the command line. The gateway does not know it.
        </ShownToken>
      )}
      {session.value?.actor === "admin" && (
        <Notice>
          <p>
            You are signed in with the control plane's own token, <code>SPANGATE_ADMIN_TOKEN</code>: it is not in this
            list, and always has the role admin.
          </p>
        </Notice>
      )}
      <CardSection
        title="Admin tokens"
        about="For people and scripts that operate this installation. Only their hash is kept."
        action={
          <CreateTokenButton>
            {(close) => (
              <CreateAdminToken
                taken={tokens.map(({ name }) => name)}
                base={config.revision}
                onCreated={(token) => {
                  close()
                  shownAdminToken.value = token
                  onChanged()
                }}
                onClose={close}
              />
            )}
          </CreateTokenButton>
        }
      >
        <AdminTokenTable
          tokens={tokens}
          dates={dates}
          onRevoke={(name) => {
            revoking.value = name
          }}
        />
      </CardSection>
      <CardSection
        title="JWT issuers"
        about="Identity providers whose tokens sign in here, with the role that they name."
        action={
          <a class="button" href={href("/admins", { new: "issuer" })}>
            Add issuer
          </a>
        }
      >
        <AdminIssuerTable entities={config.entities} />
      </CardSection>
      {revoking.value !== undefined && (
        <RevokeAdminToken
          name={revoking.value}
          config={config}
          onRevoked={onChanged}
          onClose={() => {
            revoking.value = undefined
          }}
        />
      )}
    </>
  )
}
