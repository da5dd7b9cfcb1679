import type { ShownConfig, ShownEntity } from "../../api/types.ts"
import { navigate } from "../../app/router.ts"
import { EntityEditor } from "../../components/EntityEditor.tsx"
import { Gone } from "../../components/Gone.tsx"
import { SubjectFields, TeamFields } from "./AccessFields.tsx"
import { issuerSpec, subjectSpec, teamSpec } from "./accessForms.ts"
import { IssuerFields } from "./IssuerFields.tsx"

interface Props {
  readonly kind: "team" | "subject" | "issuer"
  /** Of a new one undefined. */
  readonly name: string | undefined
  readonly config: ShownConfig
  readonly routes: ReadonlyArray<string>
  readonly teams: ReadonlyArray<string>
  readonly reload: () => void
  readonly onDone: (revision: number) => void
}

/** The form of what the URL names. */
export const AccessEditor = ({ kind, name, config, routes, teams, reload, onDone }: Props) => {
  const entities = (of: ShownEntity["kind"]) => config.entities.filter((entity) => entity.kind === of)
  const all = entities(kind === "issuer" ? "jwt-issuer" : kind)
  const stored = all.find((entity) => entity.name === name)
  if (name !== undefined && stored === undefined) return <Gone name={name} />
  const common = {
    stored,
    draftKey: name === undefined ? "+new" : `=${name}`,
    revision: config.revision,
    taken: all.map((entity) => entity.name),
    reload,
    onClose: () => navigate("/access"),
    onSaved: (_name: string, revision: number) => onDone(revision),
    onDeleted: (_name: string, revision: number) => onDone(revision)
  }
  switch (kind) {
    case "team":
      return (
        <EntityEditor
          {...common}
          spec={teamSpec}
          blank={teamSpec.read({})}
          deleting={<p>Its members may no longer use what it gave them. Its name stays a label in traces.</p>}
        >
          {(props) => <TeamFields {...props} routes={routes} />}
        </EntityEditor>
      )
    case "subject":
      return (
        <EntityEditor
          {...common}
          spec={subjectSpec}
          blank={subjectSpec.read({})}
          deleting={<p>It may no longer use what this entry gave it. What it comes with stays.</p>}
        >
          {(props) => <SubjectFields {...props} routes={routes} teams={teams} />}
        </EntityEditor>
      )
    case "issuer":
      return (
        <EntityEditor
          {...common}
          spec={issuerSpec}
          blank={issuerSpec.read({})}
          deleting={<p>Nobody gets in with its tokens any more.</p>}
        >
          {(props) => <IssuerFields {...props} routes={routes} />}
        </EntityEditor>
      )
  }
}
