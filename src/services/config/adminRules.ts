import { claim, isIssuer, isToken, nameTaken } from "./claims.ts"
import type { Outline } from "./Outline.ts"
import type { Finding, Path } from "./Problem.ts"

/** Whether those who may operate are told apart. */
export const adminFindings = (outline: Outline): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  const names = new Map<string, Path>()
  const digests = new Map<string, Path>()
  for (const [i, token] of outline["admin-token"].entries()) {
    const at = ["admin", "tokens", i]
    claim(names, findings, token?.name, at, "name", nameTaken)
    claim(digests, findings, token?.sha256?.toLowerCase(), at, "sha256", isToken)
  }
  const issuers = new Map<string, Path>()
  for (const [i, jwt] of outline["admin-issuer"].entries()) {
    claim(issuers, findings, jwt?.issuer, ["admin", "jwt", i], "issuer", isIssuer)
  }
  return findings
}
