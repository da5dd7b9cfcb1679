import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import type { ShownConfig } from "../../api/types.ts"
import { toast } from "../../app/toasts.ts"
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx"
import { removeEntity } from "../../components/removeEntity.ts"
import { formatName } from "../../format/names.ts"
import { useRefusal } from "./useRefusal.ts"
import { WhatBreaks } from "./WhatBreaks.tsx"

interface Props {
  readonly name: string
  readonly config: ShownConfig
  readonly onRevoked: () => void
  readonly onClose: () => void
}

export const RevokeAdminToken = ({ name, config, onRevoked, onClose }: Props) => {
  const entry = { kind: "admin-token", name } as const
  const refusal = useRefusal(entry, config.revision)
  const busy = useSignal(false)

  const revoke = async () => {
    busy.value = true
    try {
      await removeEntity("admin-token", name, config.revision)
      toast("ok", `The token ${formatName(name)} is revoked.`)
      onRevoked()
    } catch (cause) {
      toast("bad", asProblem(cause).message)
    }
    onClose()
  }

  return (
    <ConfirmDialog
      title={`Revoke the token ${formatName(name)}?`}
      action={busy.value ? "Revoking…" : "Revoke token"}
      onCancel={onClose}
      onConfirm={refusal?.length === 0 && !busy.value ? revoke : undefined}
    >
      <WhatBreaks config={config} entry={entry} refusal={refusal} />
    </ConfirmDialog>
  )
}
