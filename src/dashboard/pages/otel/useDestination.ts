import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import { testDestination } from "../../api/api.ts"
import { type SaveOutcome, saveEntity } from "../../api/saveEntity.ts"
import type { TestAnswer } from "../../api/types.ts"
import { toast } from "../../app/toasts.ts"
import { type FieldErrors, noErrors } from "../../components/fieldErrors.ts"
import { placeProblems } from "../../components/placeProblems.ts"
import { removeEntity } from "../../components/removeEntity.ts"
import { checkForm, type DestinationForm, writeDestination } from "./destinationForm.ts"
import type { Draft } from "./drafts.ts"

const places = ["name", "enabled", "endpoint", "encoding", "compression", "headers", "resource", "ca", "traceUrl"]

interface Events {
  readonly onSaved: (name: string, revision: number) => void
  readonly onDeleted: () => void
  /** What is shown is no longer what is stored. */
  readonly onStale: () => void
}

/** What can be done with one destination, and how it went. */
export const useDestination = ({ form, isNew, base }: Draft, { onSaved, onDeleted, onStale }: Events) => {
  const errors = useSignal<FieldErrors>(noErrors)
  const busy = useSignal<"" | "saving" | "testing">("")
  const answer = useSignal<TestAnswer | undefined>(undefined)
  const conflict = useSignal<Extract<SaveOutcome, { outcome: "conflict" }> | undefined>(undefined)

  const attempt = async (state: "saving" | "testing", run: () => Promise<void>) => {
    const wrong = checkForm(form)
    errors.value = { fields: wrong, others: [] }
    if (Object.keys(wrong).length > 0) return focusFirstError()
    busy.value = state
    try {
      await run()
    } catch (cause) {
      const problem = asProblem(cause)
      errors.value = placeProblems(problem, "destination", form.name.trim(), places)
      focusFirstError()
    }
    busy.value = ""
  }

  const saveAt = (revision: number, overwrite: boolean) =>
    attempt("saving", async () => {
      const name = form.name.trim()
      const body = writeDestination(form)
      const saved = await saveEntity(
        "destination",
        name,
        revision,
        body,
        overwrite ? conflict.value?.theirs === undefined : isNew
      )
      if (saved.outcome === "conflict") conflict.value = saved
      else {
        conflict.value = undefined
        onSaved(name, saved.revision)
      }
    })

  return {
    errors,
    busy,
    answer,
    conflict,
    save: () => saveAt(base, false),
    /** Over what somebody else saved. */
    saveMine: () => saveAt(conflict.value?.current ?? base, true),
    test: () =>
      attempt("testing", async () => {
        answer.value = undefined
        answer.value = await testDestination(writeDestination(form))
      }),
    remove: async () => {
      try {
        await removeEntity("destination", form.name, base)
        onDeleted()
      } catch (cause) {
        const problem = asProblem(cause)
        toast("bad", problem.message)
        if (problem.status === 409) onStale()
      }
    }
  }
}

export type DestinationActions = ReturnType<typeof useDestination>

/** Where the reader has to look next, once the errors are on the page. */
const focusFirstError = (): void => {
  window.requestAnimationFrame(() => {
    const first = document.querySelector('form [aria-invalid="true"]')
    if (first instanceof HTMLElement) first.focus()
  })
}

/** An entry that was just read, as a draft of its own. */
export const draftOf = (form: DestinationForm, base: number): Draft => ({ form, isNew: false, base })
