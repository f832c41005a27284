/** A customer: the profile as the caller's level may see it, their complaints, and everything that happened to them. */
import { useState } from "preact/hooks"
import type { Schema } from "@rapport/client"
import summaries from "summaries"
import { useDesk, useLive, useLoaded, useSettled, type Desk } from "./desk"
import { Badge, Due, Facts, Heading, Refusal, State, When } from "./parts"

const ATTRIBUTES = ["birth_date", "gender", "occupation", "spending_habits", "preferences", "interests", "purchase_intent"] as const
const PER_PAGE = 15

export function CustomerPage({ id }: { id: string }) {
  const desk = useDesk()
  const params = { path: { customer_id: id } }
  const profile = useLoaded(() => desk.api.get("/profiles/v1/customers/{customer_id}", { params }).then(({ data }) => data), [id, desk.api])
  const complaints = useLoaded(
    () => desk.api.get("/complaints/v1/complaints", { params: { query: { customer: id, sort: ["-received_at"], limit: 20 } } }).then(({ data }) => data.items),
    [id, desk.api],
  )
  const [changes, setChanges] = useState(0)
  const refresh = useSettled(() => {
    complaints.reload()
    setChanges((count) => count + 1)
  })
  useLive((event) => {
    if (event === null || event.customer_id === id) refresh()
  })
  const name = profile.value?.personal.name ?? desk.say("customer")
  return (
    <>
      <Heading title={name} key={profile.value?.id}>
        {name}
      </Heading>
      {profile.failed && <Refusal {...profile.failed} again={profile.reload} />}
      {!profile.value && !profile.failed && <p role="status">{desk.say("loading")}</p>}
      {profile.value && (
        <div class="columns">
          <div>
            <section class="card" aria-labelledby="complaints">
              <h2 id="complaints">{desk.say("theirComplaints")}</h2>
              {complaints.failed && <Refusal {...complaints.failed} again={complaints.reload} />}
              <Complaints items={complaints.value ?? []} />
            </section>
            <Timeline customer={id} changes={changes} />
          </div>
          <aside aria-label={desk.say("profile")}>
            <Profile customer={profile.value} />
          </aside>
        </div>
      )}
    </>
  )
}

function Profile({ customer }: { customer: Schema<"CustomerView"> }) {
  const desk = useDesk()
  const masked = (field: string) => customer.masked.includes(field)
  const attribute = (field: (typeof ATTRIBUTES)[number]): [string, preact.ComponentChildren] => {
    const value = customer.personal[field]
    const shown = Array.isArray(value) ? value.join(desk.language === "zh" ? "、" : ", ") : field === "gender" && value ? desk.labels.of("gender", String(value)) : value
    if (!masked(`personal.${field}`)) return [desk.say(field), shown || null]
    return [desk.say(field), <Masked value={shown ? String(shown) : null} />]
  }
  return (
    <>
      <section class="card" aria-labelledby="profile">
        <h2 id="profile">{desk.say("profile")}</h2>
        {customer.masked.length > 0 && <p class="notice plain">{desk.say("maskedHint", { level: desk.me.level })}</p>}
        <Facts
          of={[
            [desk.say("name"), masked("personal.name") ? <Masked value={customer.personal.name} /> : customer.personal.name],
            [desk.say("kind"), desk.labels.of("customer-kind", customer.kind)],
            [desk.say("stage"), desk.labels.of("lifecycle-stage", customer.stage)],
            ...ATTRIBUTES.map(attribute),
          ]}
        />
      </section>
      <section class="card" aria-labelledby="identifiers">
        <h2 id="identifiers">{desk.say("identifiers")}</h2>
        <Facts
          of={customer.identifiers.map((each) => [
            desk.labels.of("identifier-kind", each.kind),
            <>
              {masked("identifiers") ? <Masked value={each.value} /> : each.value}{" "}
              {each.verified_at && <Badge tone="good">{desk.say("verified")}</Badge>}
            </>,
          ])}
        />
      </section>
    </>
  )
}

/** What is there, as far as the level sees it. */
function Masked({ value }: { value: string | null }) {
  const desk = useDesk()
  return (
    <span class="masked">
      {value ?? "–"} <Badge>{desk.say("masked")}</Badge>
    </span>
  )
}

function Complaints({ items }: { items: readonly Schema<"ComplaintView">[] }) {
  const desk = useDesk()
  if (items.length === 0) return <p class="muted">{desk.say("noComplaints")}</p>
  return (
    <ul class="rows">
      {items.map((each) => (
        <li key={each.id} data-id={each.id}>
          <a href={`#/complaints/${each.id}`}>{each.number}</a> <State code={each.state} />
          <span>{desk.labels.of("category", each.category)}</span>
          <span class="muted">{each.due_at && <Due at={each.due_at} />}</span>
        </li>
      ))}
    </ul>
  )
}

/** Pages are added below; when something happens it begins anew, so that nothing is shown twice. */
function Timeline({ customer, changes }: { customer: string; changes: number }) {
  const desk = useDesk()
  const [pages, setPages] = useState(1)
  const shown = useLoaded(async () => {
    const items: Schema<"TimelineEntry">[] = []
    let next: string | null = null
    const asked = desk.api.pages("/profiles/v1/customers/{customer_id}/timeline", { params: { path: { customer_id: customer }, query: { limit: PER_PAGE } } })
    let count = 0
    for await (const page of asked) {
      items.push(...page.items)
      next = page.next
      if (++count === pages) break
    }
    return { items, more: next !== null }
  }, [customer, desk.api, pages, changes])
  return (
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">{desk.say("timeline")}</h2>
      {shown.failed && <Refusal {...shown.failed} again={shown.reload} />}
      {shown.value?.items.length === 0 && <p class="muted">{desk.say("noTimeline")}</p>}
      <ol class="timeline">
        {shown.value?.items.map((entry) => (
          <Entry key={entry.event_id} entry={entry} />
        ))}
      </ol>
      {shown.value?.more && (
        <button type="button" onClick={() => setPages(pages + 1)}>
          {desk.say("older")}
        </button>
      )}
    </section>
  )
}

function Entry({ entry }: { entry: Schema<"TimelineEntry"> }) {
  const desk = useDesk()
  const { number, ...summary } = entry.summary as Record<string, unknown>
  const said = Object.entries(summary).flatMap(([name, value]) => {
    const label = typeof value === "string" ? labelOf(desk, entry.type, name, value) : null
    return label === null ? [] : [[name, label]]
  })
  return (
    <li data-type={entry.type}>
      <p class="what">
        <strong>{desk.labels.of("event-type", entry.type)}</strong>
        {typeof number === "string" && <a href={`#/complaints/${number}`}>{number}</a>}
      </p>
      <p class="muted small">
        <When at={entry.occurred_at} />
      </p>
      <p class="summary">
        {said.map(([name, value]) => (
          <Badge key={name}>{value}</Badge>
        ))}
      </p>
    </li>
  )
}

/** The words for a code in a summary; null for what no vocabulary has: numbers and ids mean little by themselves. */
function labelOf({ labels, staff }: Desk, type: string, name: string, code: string): string | null {
  if (name === "assignee") return staff.get(code) ?? code
  const vocabulary = summaries[type]?.[name] ?? (labels.values(name).includes(code) ? name : null)
  return vocabulary && labels.of(vocabulary, code)
}
