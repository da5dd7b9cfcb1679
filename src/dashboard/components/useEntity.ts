import { useSignal } from "@preact/signals"
import { asProblem } from "../api/ApiProblem.ts"
import { type SaveOutcome, saveEntity } from "../api/saveEntity.ts"
import { toast } from "../app/toasts.ts"
import { formatName } from "../format/names.ts"
import type { EntityDraft, EntitySpec } from "./entitySpec.ts"
import { type FieldErrors, noErrors } from "./fieldErrors.ts"
import { placeProblems } from "./placeProblems.ts"
import { removeEntity } from "./removeEntity.ts"

export interface EntityEvents {
  readonly onSaved: (name: string, revision: number) => void
  readonly onDeleted: (name: string, revision: number) => void
}

interface Edited<F> extends EntityEvents {
  readonly spec: EntitySpec<F>
  readonly draft: EntityDraft<F>
  /** What it is called in the store; undefined before it is there. */
  readonly stored: string | undefined
  /** Names that there are. */
  readonly taken: ReadonlyArray<string>
}

/** Saving and deleting one entity, and how it went. */
export const useEntity = <F>({ spec, draft, stored, taken, onSaved, onDeleted }: Edited<F>) => {
  const errors = useSignal<FieldErrors>(noErrors)
  const busy = useSignal(false)
  const conflict = useSignal<Extract<SaveOutcome, { outcome: "conflict" }> | undefined>(undefined)
  const name = stored ?? spec.nameOf(draft.form)

  const attempt = async (run: () => Promise<void>, refusal?: string) => {
    busy.value = true
    try {
      await run()
    } catch (cause) {
      const problem = asProblem(cause)
      const { fields, others } = placeProblems(problem, spec.kind, name, spec.places)
      const lead = problem.status === 422 && refusal !== undefined ? [refusal] : []
      errors.value = { fields, others: [...lead, ...others] }
      focusFirstError()
    }
    busy.value = false
  }

  const save = async (base: number, isNew: boolean) => {
    const wrong = spec.check(draft.form)
    const clash = isNew && taken.includes(name) ? { [spec.places[0] ?? ""]: "is taken, choose another name" } : {}
    errors.value = { fields: { ...wrong, ...clash }, others: [] }
    if (Object.keys(errors.value.fields).length > 0) return focusFirstError()
    await attempt(async () => {
      const saved = await saveEntity(spec.kind, name, base, spec.write(draft.form), isNew)
      conflict.value = saved.outcome === "conflict" ? saved : undefined
      if (saved.outcome === "saved") onSaved(name, saved.revision)
    })
  }

  return {
    errors,
    busy,
    conflict,
    save: () => save(draft.base, stored === undefined),
    /** On top of what somebody else saved. */
    saveMine: async () => {
      const seen = conflict.value
      if (seen === undefined) return
      conflict.value = undefined
      // A name that somebody else took meanwhile is theirs in full view: no clash any more.
      await attempt(async () => {
        const saved = await saveEntity(spec.kind, name, seen.current, spec.write(draft.form), seen.theirs === undefined)
        if (saved.outcome === "conflict") conflict.value = saved
        else onSaved(name, saved.revision)
      })
    },
    remove: () =>
      attempt(async () => {
        const revision = await removeEntity(spec.kind, name, draft.base)
        toast("ok", `The ${spec.noun} ${formatName(name)} is deleted.`)
        onDeleted(name, revision)
      }, `This ${spec.noun} is still needed, and was not deleted. Without it:`)
  }
}

/** Where the reader has to look next, once the errors are on the page. */
const focusFirstError = (): void => {
  window.requestAnimationFrame(() => {
    const field = document.querySelector('form [aria-invalid="true"]')
    if (field instanceof HTMLElement) field.focus()
    else document.querySelector("form .notice.bad")?.scrollIntoView({ block: "center" })
  })
}
