import type { ShownEntity } from "../../api/types.ts"
import { navigate } from "../../app/router.ts"
import { EntityEditor } from "../../components/EntityEditor.tsx"
import { type Catalog, MODELS_PATH } from "./catalog.ts"
import { VirtualFields } from "./VirtualFields.tsx"
import { blankVirtual, virtualSpec } from "./virtualForm.ts"

interface Props {
  readonly catalog: Catalog
  readonly revision: number
  readonly stored: ShownEntity | undefined
  readonly reload: () => void
  readonly onDone: (revision: number) => void
}

export const VirtualEditor = ({ catalog, revision, stored, reload, onDone }: Props) => (
  <EntityEditor
    spec={virtualSpec}
    stored={stored}
    blank={blankVirtual(catalog.models[0] ?? "")}
    draftKey={stored?.name ?? "new"}
    revision={revision}
    taken={[...catalog.virtualNames, ...catalog.models]}
    reload={reload}
    onClose={() => navigate(MODELS_PATH)}
    onSaved={(_name, saved) => onDone(saved)}
    onDeleted={(_name, deleted) => onDone(deleted)}
    deleting={<p>Requests for this name are refused from then on. Its models stay.</p>}
  >
    {(props) => <VirtualFields {...props} models={catalog.models} />}
  </EntityEditor>
)
