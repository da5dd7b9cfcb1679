import { randomUUID } from "node:crypto"
import { nkeys } from "nats"

type Keys = ReturnType<typeof nkeys.createUser>

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** NATS's own kind of JWT, signed with an nkey. */
const jwt = (issuer: Keys, subject: Keys, nats: object): string => {
  const body = [
    base64url({ typ: "JWT", alg: "ed25519-nkey" }),
    base64url({
      jti: randomUUID(),
      iat: 1,
      name: "test",
      iss: issuer.getPublicKey(),
      sub: subject.getPublicKey(),
      nats: { ...nats, version: 2 }
    })
  ].join(".")
  return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString("base64url")}`
}

const credsFile = (token: string, seed: string): string =>
  `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n\n` +
  `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`

const NO_LIMIT = -1

/** A server in operator mode: its configuration, and the `.creds` files of a user that it knows and of one that it does not. */
export const operatorMode = () => {
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser()
  ]
  const limits = {
    ...{ subs: NO_LIMIT, data: NO_LIMIT, payload: NO_LIMIT, imports: NO_LIMIT, exports: NO_LIMIT },
    ...{ wildcards: true, conn: NO_LIMIT, leaf: NO_LIMIT }
  }
  const jetStream = { mem_storage: NO_LIMIT, disk_storage: NO_LIMIT, streams: NO_LIMIT, consumer: NO_LIMIT }
  const accountJwt = (of: Keys) =>
    jwt(operator, of, {
      type: "account",
      limits: of === system ? limits : { ...limits, ...jetStream },
      default_permissions: { pub: {}, sub: {} }
    })
  const userOf = (issuer: Keys) => {
    const claims = { type: "user", pub: {}, sub: {}, subs: NO_LIMIT, data: NO_LIMIT, payload: NO_LIMIT }
    return credsFile(jwt(issuer, user, claims), Buffer.from(user.getSeed()).toString())
  }
  return {
    config: `operator: ${jwt(operator, operator, { type: "operator" })}
resolver: MEMORY
system_account: ${system.getPublicKey()}
resolver_preload: { ${[system, account].map((each) => `${each.getPublicKey()}: ${accountJwt(each)}`).join(", ")} }
`,
    creds: userOf(account),
    strangerCreds: userOf(nkeys.createAccount())
  }
}
