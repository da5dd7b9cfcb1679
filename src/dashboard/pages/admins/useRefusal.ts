import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { asProblem } from "../../api/ApiProblem.ts"
import { type AdminEntry, refusalOf } from "./removal.ts"

/** Asks the control plane, before anything is done, whether an entry may go: undefined until it has said. */
export const useRefusal = (entry: AdminEntry, base: number): ReadonlyArray<string> | undefined => {
  const refusal = useSignal<ReadonlyArray<string> | undefined>(undefined)
  useEffect(() => {
    refusalOf(entry, base).then(
      (reasons) => {
        refusal.value = reasons
      },
      (cause: unknown) => {
        refusal.value = [asProblem(cause).message]
      }
    )
  }, [])
  return refusal.value
}
