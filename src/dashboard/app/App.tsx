import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { asProblem } from "../api/ApiProblem.ts"
import { request } from "../api/request.ts"
import type { Session } from "../api/types.ts"
import { ErrorState } from "../components/ErrorState.tsx"
import { Toasts } from "../components/Toasts.tsx"
import { LoginPage } from "../pages/login/LoginPage.tsx"
import { beginSession } from "./beginSession.ts"
import { listenForKeys } from "./hotkeys.ts"
import { loginToken } from "./places.ts"
import { place } from "./router.ts"
import { Shell } from "./Shell.tsx"
import { session } from "./session.ts"

/** Asks who is there, then shows the login page or the rest. */
export const App = () => {
  const asked = useSignal(false)
  const failure = useSignal("")

  const ask = async () => {
    failure.value = ""
    try {
      // A login link comes first: it may name another person than the cookie does.
      if (loginToken(location.hash) === undefined) beginSession(await request<Session>("GET", "session"))
    } catch (cause) {
      const problem = asProblem(cause)
      if (problem.status !== 401) failure.value = problem.message
    }
    asked.value = true
  }

  useEffect(() => {
    ask()
    return listenForKeys()
  }, [])

  // A login link pasted into a page that is open already.
  const path = place.value.path
  useEffect(() => {
    if (asked.value && loginToken(location.hash) !== undefined) session.value = undefined
  }, [path])

  if (!asked.value) return null
  if (failure.value !== "") return <ErrorState message={failure.value} retry={ask} />
  return (
    <>
      {session.value === undefined ? <LoginPage /> : <Shell />}
      <Toasts />
    </>
  )
}
