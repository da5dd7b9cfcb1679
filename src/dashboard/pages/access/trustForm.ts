import { type Body, optionalText, record, text, texts } from "../../components/readBody.ts"

export const algorithms = ["RS256", "ES256", "EdDSA"] as const

/** What makes an identity provider's tokens ours to believe, whatever they open. */
export interface TrustForm {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly algorithms: ReadonlyArray<string>
  readonly subjectClaim: string
}

export const trustPlaces = ["issuer", "audience", "jwksUrl", "algorithms", "subjectClaim"] as const

/** The form, and what of the body is not in it. */
export const readTrust = (body: unknown): { readonly trust: TrustForm; readonly others: Body } => {
  const { issuer, audience, jwksUrl, algorithms: written, subjectClaim, ...others } = record(body)
  return {
    trust: {
      issuer: text(issuer),
      audience: text(audience),
      jwksUrl: text(jwksUrl),
      algorithms: written === undefined ? algorithms : texts(written),
      subjectClaim: text(subjectClaim)
    },
    others
  }
}

export const writeTrust = (form: TrustForm): Body => ({
  issuer: form.issuer.trim(),
  audience: form.audience.trim(),
  jwksUrl: form.jwksUrl.trim(),
  ...(algorithms.every((one) => form.algorithms.includes(one)) ? {} : { algorithms: form.algorithms }),
  ...optionalText("subjectClaim", form.subjectClaim)
})

export const checkTrust = ({ issuer, audience, jwksUrl, algorithms: chosen }: TrustForm): Record<string, string> => ({
  ...(issuer.trim() === "" ? { issuer: "Write what its tokens say in iss." } : {}),
  ...(audience.trim() === "" ? { audience: "Write what its tokens say in aud." } : {}),
  ...(jwksUrl.trim() === "" ? { jwksUrl: "Write where its keys are." } : {}),
  ...(chosen.length === 0 ? { algorithms: "Choose at least one." } : {})
})
