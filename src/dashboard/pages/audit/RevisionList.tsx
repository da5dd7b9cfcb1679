import { href } from "../../app/places.ts"
import { Name } from "../../components/Name.tsx"
import { formatMessage } from "../../format/names.ts"
import { formatInstant } from "../../format/times.ts"
import { changeText } from "./changeText.ts"
import { PagedFrame } from "./PagedFrame.tsx"
import { getRevisions, PAGE } from "./revisions.ts"
import { usePages } from "./usePages.ts"

/** Every revision of the configuration, newest first. */
export const RevisionList = () => {
  const paged = usePages(
    PAGE,
    (before) => getRevisions(before),
    ({ revision }) => revision
  )
  return (
    <section class="card" aria-label="Revisions">
      <PagedFrame paged={paged} empty="Nothing was configured yet">
        <ol class="revisions">
          {paged.items?.map((info, index) => (
            <li key={info.revision}>
              <a class="revision" href={href("/audit", { revision: info.revision })}>
                <span class="revision-number">
                  <strong class="number">{info.revision}</strong>
                  {index === 0 && <span class="chip ok">in force</span>}
                </span>
                <span class="revision-what">
                  <span class="wrap">{changeText(info.changes)}</span>
                  {info.note !== "" && <span class="muted small wrap">{formatMessage(info.note)}</span>}
                </span>
                <span class="revision-who">
                  <span class="wrap">
                    <Name>{info.author}</Name>
                  </span>
                  <time class="muted small" dateTime={new Date(info.at).toISOString()}>
                    {formatInstant(info.at)}
                  </time>
                </span>
              </a>
            </li>
          ))}
        </ol>
      </PagedFrame>
    </section>
  )
}
