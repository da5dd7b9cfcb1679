import "./login.css"
import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { asProblem } from "../../api/ApiProblem.ts"
import { request } from "../../api/request.ts"
import type { Session } from "../../api/types.ts"
import { beginSession } from "../../app/beginSession.ts"
import { loginToken } from "../../app/places.ts"
import { place, replacePlace } from "../../app/router.ts"
import { sessionEnded } from "../../app/session.ts"
import { ThemeToggle } from "../../app/ThemeToggle.tsx"
import { Notice } from "../../components/Notice.tsx"
import { TextField } from "../../components/TextField.tsx"
import icon from "../../icon.svg?url"

const explain = (status: number, message: string): string =>
  status === 401
    ? "This token is not known here. Check that it was copied whole."
    : status === 429
      ? "Too many tries: wait a minute, then try again."
      : message

/** Afterwards the page that was asked for appears: the place in the URL stays. */
export const LoginPage = () => {
  const token = useSignal("")
  const error = useSignal<string | undefined>(undefined)
  const busy = useSignal(false)

  const logIn = async (given: string) => {
    busy.value = true
    error.value = undefined
    try {
      beginSession(await request<Session>("POST", "session", { body: { token: given.trim() } }))
    } catch (cause) {
      const problem = asProblem(cause)
      error.value = explain(problem.status, problem.message)
    }
    busy.value = false
  }

  const path = place.value.path
  useEffect(() => {
    const linked = loginToken(location.hash)
    if (linked === undefined) return
    // Out of the address bar and the history at once.
    replacePlace("/")
    logIn(linked)
  }, [path])

  return (
    <main class="login">
      <form
        class="card padded stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (token.value.trim() === "") error.value = "Paste the token first."
          else logIn(token.value)
        }}
      >
        <div class="row">
          <img src={icon} alt="" width={34} height={34} />
          <h1>Spangate</h1>
          <span class="spacer" />
          <ThemeToggle />
        </div>
        {sessionEnded.value && error.value === undefined && (
          <Notice tone="warn">
            <span>
              Your session has ended. Log in again: you come back to the same page, and unsaved changes are kept.
            </span>
          </Notice>
        )}
        <TextField
          label="Admin token"
          type="password"
          value={token.value}
          error={error.value}
          hint={
            <>
              The value of <code>SPANGATE_ADMIN_TOKEN</code>, or the one that the program printed when it first started.
            </>
          }
          onChange={(value) => {
            token.value = value
          }}
        />
        <button type="submit" class="button primary" disabled={busy.value}>
          {busy.value ? "Logging in…" : "Log in"}
        </button>
      </form>
    </main>
  )
}
