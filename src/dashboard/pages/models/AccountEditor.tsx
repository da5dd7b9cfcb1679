import type { ShownEntity } from "../../api/types.ts"
import { navigate } from "../../app/router.ts"
import { EntityEditor } from "../../components/EntityEditor.tsx"
import { Names } from "../../components/Names.tsx"
import { AccountFields } from "./AccountFields.tsx"
import { accountSpec, blankAccount } from "./accountForm.ts"
import type { AccountType } from "./accountTypes.ts"
import { type Catalog, MODELS_PATH, usersOf } from "./catalog.ts"
import { TypePicker } from "./TypePicker.tsx"

interface Props {
  readonly catalog: Catalog
  readonly revision: number
  readonly stored: ShownEntity | undefined
  /** Of a new one; undefined until it is chosen. */
  readonly type: AccountType | undefined
  readonly reload: () => void
  readonly onDone: (revision: number) => void
}

export const AccountEditor = ({ catalog, revision, stored, type, reload, onDone }: Props) => {
  if (stored === undefined && type === undefined) {
    return (
      <div class="stack">
        <h2>Whose models?</h2>
        <TypePicker />
      </div>
    )
  }
  const taken = catalog.accounts.map(({ name }) => name)
  const users = stored === undefined ? [] : usersOf(stored.name, catalog.virtuals)
  return (
    <EntityEditor
      spec={accountSpec}
      stored={stored}
      blank={blankAccount(type ?? "openai", taken)}
      draftKey={stored === undefined ? `new ${type}` : stored.name}
      revision={revision}
      taken={taken}
      reload={reload}
      onClose={() => navigate(MODELS_PATH)}
      onSaved={(_name, saved) => onDone(saved)}
      onDeleted={(_name, deleted) => onDone(deleted)}
      deleting={
        <p>
          Requests for its models are refused from then on.
          {users.length > 0 && (
            <>
              {" "}
              First take it out of{" "}
              <strong class="wrap">
                <Names of={users} />
              </strong>
              : what is a target cannot be deleted.
            </>
          )}
        </p>
      }
    >
      {(props) => <AccountFields {...props} />}
    </EntityEditor>
  )
}
