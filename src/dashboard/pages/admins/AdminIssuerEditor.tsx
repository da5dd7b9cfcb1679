import type { ShownConfig } from "../../api/types.ts"
import { navigate } from "../../app/router.ts"
import { toast } from "../../app/toasts.ts"
import { EntityEditor } from "../../components/EntityEditor.tsx"
import { Gone } from "../../components/Gone.tsx"
import { TextField } from "../../components/TextField.tsx"
import { formatName } from "../../format/names.ts"
import { TrustFields } from "../access/TrustFields.tsx"
import { adminIssuerSpec } from "./adminIssuerForm.ts"
import type { AdminEntry } from "./removal.ts"
import { useRefusal } from "./useRefusal.ts"
import { WhatBreaks } from "./WhatBreaks.tsx"

interface Props {
  /** Of a new one undefined. */
  readonly name: string | undefined
  readonly config: ShownConfig
  readonly reload: () => void
}

/** An identity provider whose tokens open this dashboard and its API. */
export const AdminIssuerEditor = ({ name, config, reload }: Props) => {
  const all = config.entities.filter(({ kind }) => kind === "admin-issuer")
  const stored = all.find((entity) => entity.name === name)
  const leave = () => {
    reload()
    navigate("/admins")
  }
  if (name !== undefined && stored === undefined) return <Gone name={name} />
  return (
    <EntityEditor
      spec={adminIssuerSpec}
      stored={stored}
      blank={adminIssuerSpec.read({})}
      draftKey={name === undefined ? "+new" : `=${name}`}
      revision={config.revision}
      taken={all.map((entity) => entity.name)}
      deleting={name !== undefined && <Deleting config={config} entry={{ kind: "admin-issuer", name }} />}
      reload={reload}
      onClose={() => navigate("/admins")}
      onSaved={(saved) => {
        toast("ok", `The issuer ${formatName(saved)} is saved.`)
        leave()
      }}
      onDeleted={leave}
    >
      {({ form, onChange, errors, isNew, disabled }) => (
        <TrustFields
          form={form}
          onChange={(changes) => onChange({ ...form, ...changes })}
          errors={errors}
          isNew={isNew}
          disabled={disabled}
        >
          <TextField
            label="Roles claim"
            mono
            value={form.rolesClaim}
            onChange={(rolesClaim) => onChange({ ...form, rolesClaim })}
            error={errors["rolesClaim"]}
            disabled={disabled}
            placeholder="roles"
            hint="A text or a list: who has admin, editor or viewer in it gets in, with the highest of them."
          />
        </TrustFields>
      )}
    </EntityEditor>
  )
}

const Deleting = ({ config, entry }: { readonly config: ShownConfig; readonly entry: AdminEntry }) => (
  <WhatBreaks config={config} entry={entry} refusal={useRefusal(entry, config.revision)} />
)
