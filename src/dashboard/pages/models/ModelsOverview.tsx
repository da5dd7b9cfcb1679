import { mayEdit } from "../../app/session.ts"
import { Empty } from "../../components/Empty.tsx"
import { AccountCard } from "./AccountCard.tsx"
import type { Catalog } from "./catalog.ts"
import { TypePicker } from "./TypePicker.tsx"
import { VirtualCard } from "./VirtualCard.tsx"

/** Everything that clients can ask for. */
export const ModelsOverview = ({ catalog }: { readonly catalog: Catalog }) => (
  <>
    <section class="stack" aria-labelledby="accounts-title">
      <div class="row">
        <h2 id="accounts-title">Provider accounts</h2>
        {catalog.models.length > 0 && <span class="hint">Prices in US dollars for a million tokens</span>}
      </div>
      {catalog.accounts.length === 0 ? (
        <div class="card">
          <Empty title="No model can be asked for yet">
            {mayEdit.value ? (
              <>
                <p>Add an account: its key, and the name of a model, is all it takes.</p>
                <TypePicker />
              </>
            ) : (
              <p>Someone with the role editor can add a provider account.</p>
            )}
          </Empty>
        </div>
      ) : (
        catalog.accounts.map((account) => <AccountCard key={account.name} account={account} />)
      )}
    </section>
    {catalog.models.length > 0 && (
      <section class="stack" aria-labelledby="virtual-title">
        <h2 id="virtual-title">Virtual models</h2>
        {catalog.virtuals.length === 0 ? (
          <div class="card padded muted">
            None yet. A virtual model is one name in front of several models, with weights, retries and fallbacks.
          </div>
        ) : (
          <div class="virtual-cards">
            {catalog.virtuals.map((virtual) => (
              <VirtualCard key={virtual.name} virtual={virtual} />
            ))}
          </div>
        )}
      </section>
    )}
  </>
)
