/** The list of complaints: queues with badges, filters, order, pages. The address holds all of it, so that Back works. */
import { useMemo } from "preact/hooks"
import type { Query, Schema } from "@rapport/client"
import { useDesk, useLive, useLoaded, useSettled, type Desk } from "./desk"
import { Badge, Due, Heading, Refusal, Severity, State, When } from "./parts"
import { go } from "./places"
import type { Word } from "./words"

const SORTS: [string, string[], Word][] = [
  ["received", ["-received_at"], "sort_received"],
  ["due", ["due_at"], "sort_due"],
  ["severity", ["-severity", "due_at"], "sort_severity"],
  ["updated", ["-updated_at"], "sort_updated"],
]
/** Filters that take several values, with the vocabulary of these. */
const REPEATED = { state: "complaint-state", severity: "severity", channel: "channel", flag: "complaint-flag" } as const
type Repeated = keyof typeof REPEATED
const NAMES = Object.keys(REPEATED) as Repeated[]
const PER_PAGE = 20

type Complaint = Schema<"ComplaintView">
type Customers = ReadonlyMap<string, Schema<"AskedCustomer">>

interface Shown {
  /** What was asked for. */
  query: URLSearchParams
  page: Schema<"ComplaintViewPage">
  customers: Customers
}

/** What the address says, as the list of complaints takes it. The API refuses what it does not know. */
function asked(query: URLSearchParams) {
  const sort = query.get("sort") ?? "received"
  const filters = {
    ...Object.fromEntries([...query].filter(([name]) => name !== "sort")),
    ...Object.fromEntries(NAMES.map((name) => [name, query.getAll(name)])),
    sort: SORTS.find(([name]) => name === sort)?.[1],
    limit: PER_PAGE,
    count: true,
  }
  return filters as Query<"/complaints/v1/complaints">
}

/** A page of the list and the names of the customers in it: two requests, however long the page is. */
async function load({ api }: Desk, query: URLSearchParams): Promise<Shown> {
  const { data: page } = await api.get("/complaints/v1/complaints", { params: { query: asked(query) } })
  const ids = [...new Set(page.items.map((each) => each.customer_id).filter((id) => id !== null))]
  const items = ids.length ? (await api.post("/profiles/v1/customers:batch-get", { body: { ids } })).data.items : []
  return { query, page, customers: new Map(items.map((each) => [each.asked, each])) }
}

export function ComplaintList({ query }: { query: URLSearchParams }) {
  const desk = useDesk()
  const shown = useLoaded(() => load(desk, query), [query.toString(), desk.api, desk.language])
  const queues = useLoaded(() => desk.api.get("/complaints/v1/queues").then(({ data }) => data.queues), [desk.api])
  const refresh = useSettled(() => {
    shown.reload()
    queues.reload()
  })
  useLive(refresh)
  return (
    <>
      <Heading title={desk.say("complaints")}>{desk.say("complaints")}</Heading>
      <Queues queues={queues.value ?? []} query={query} />
      <div class="with-side">
        <Filters query={query} key={query.toString()} />
        <section aria-label={desk.say("complaints")} class="results" aria-busy={shown.busy} data-query={shown.value?.query.toString()}>
          {shown.failed && <Refusal {...shown.failed} again={shown.reload} />}
          {shown.value ? <Results {...shown.value} /> : !shown.failed && <p role="status">{desk.say("loading")}</p>}
        </section>
      </div>
    </>
  )
}

/** The queues as tabs of links, each with its number. */
function Queues({ queues, query }: { queues: readonly Schema<"QueueView">[]; query: URLSearchParams }) {
  const desk = useDesk()
  const chosen = query.get("queue")
  const link = (queue: string | null, name: string, count: string | null) => (
    <li key={queue ?? "all"}>
      <a href={`#/complaints${queue ? `?queue=${queue}` : ""}`} aria-current={chosen === queue ? "page" : undefined}>
        {name} {count !== null && <span class="count">{count}</span>}
      </a>
    </li>
  )
  return (
    <nav aria-label={desk.say("queues")} class="queues">
      <ul>
        {link(null, desk.say("all"), null)}
        {queues.map((each) => link(each.queue, desk.labels.of("complaint-queue", each.queue), `${each.count}${each.count_capped ? "+" : ""}`))}
      </ul>
    </nav>
  )
}

function Filters({ query }: { query: URLSearchParams }) {
  const desk = useDesk()
  const wide = useMemo(() => matchMedia("(min-width: 60rem)").matches, [])
  const chosen = NAMES.reduce((sum, name) => sum + query.getAll(name).length, query.get("open") ? 1 : 0)
  const apply = (event: Event) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const next = new URLSearchParams([...form].map(([name, value]) => [name, String(value)]))
    if (query.get("queue")) next.set("queue", query.get("queue")!)
    go("/complaints", next)
  }
  return (
    <details class="filters" open={wide}>
      <summary>
        {desk.say("filters")} {chosen > 0 && <span class="count">{chosen}</span>}
      </summary>
      <form onSubmit={apply}>
        <label class="check">
          <input type="checkbox" name="open" value="true" defaultChecked={query.get("open") === "true"} /> {desk.say("openOnly")}
        </label>
        <label class="field">
          <span>{desk.say("sort")}</span>
          <select name="sort" defaultValue={query.get("sort") ?? "received"}>
            {SORTS.map(([name, , word]) => (
              <option key={name} value={name} selected={name === (query.get("sort") ?? "received")}>
                {desk.say(word)}
              </option>
            ))}
          </select>
        </label>
        {NAMES.map((name) => (
          <Choices key={name} name={name} chosen={query.getAll(name)} />
        ))}
        <div class="buttons">
          <button type="submit" class="primary">
            {desk.say("apply")}
          </button>
          <a class="button" href={`#/complaints${query.get("queue") ? `?queue=${query.get("queue")}` : ""}`}>
            {desk.say("clear")}
          </a>
        </div>
      </form>
    </details>
  )
}

/** The values that a filter can have, any number of them at once. */
function Choices({ name, chosen }: { name: Repeated; chosen: string[] }) {
  const desk = useDesk()
  const codes = desk.labels.values(REPEATED[name])
  return (
    <fieldset>
      <legend>{desk.say(name)}</legend>
      <div class={codes.length > 6 ? "choices many" : "choices"}>
        {codes.map((code) => (
          <label class="check" key={code}>
            <input type="checkbox" name={name} value={code} defaultChecked={chosen.includes(code)} /> {desk.labels.of(REPEATED[name], code)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function Results({ page, customers, query }: Shown) {
  const desk = useDesk()
  const turn = (after: string | null) => {
    const next = new URLSearchParams(query)
    next.delete("after")
    if (after) next.set("after", after)
    return `#/complaints?${next}`
  }
  const count = page.count ?? page.items.length
  return (
    <>
      <p class="muted found" role="status">
        {desk.say(page.count_capped ? "foundMore" : "found", { count })}
      </p>
      {page.items.length === 0 ? <p class="empty">{desk.say("nothing")}</p> : <Table items={page.items} customers={customers} />}
      <nav class="pages" aria-label={desk.say("pages")}>
        {query.get("after") && (
          <a class="button" href={turn(null)}>
            {desk.say("first")}
          </a>
        )}
        {page.next && (
          <a class="button" href={turn(page.next)}>
            {desk.say("next")}
          </a>
        )}
      </nav>
    </>
  )
}

/** A table on wide screens, a card for each complaint on narrow ones; the roles stay when the style changes `display`. */
function Table({ items, customers }: { items: Complaint[]; customers: Customers }) {
  const desk = useDesk()
  const columns: Word[] = ["number", "customer", "state", "severity", "category", "assignee", "due", "received"]
  return (
    <table role="table" class="complaints">
      <caption class="visually-hidden">{desk.say("complaints")}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((word) => (
            <th role="columnheader" scope="col" key={word}>
              {desk.say(word)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((each) => (
          <Row key={each.id} complaint={each} customer={each.customer_id ? customers.get(each.customer_id) : undefined} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ complaint, customer }: { complaint: Complaint; customer: Schema<"AskedCustomer"> | undefined }) {
  const desk = useDesk()
  const cell = (word: Word, value: preact.ComponentChildren) => (
    <td role="cell" data-label={desk.say(word)} class={word}>
      {value}
    </td>
  )
  return (
    <tr role="row" data-id={complaint.id}>
      <th role="rowheader" scope="row" class="number">
        <a href={`#/complaints/${complaint.id}`}>{complaint.number}</a>
        {complaint.flags.map((flag) => (
          <Badge key={flag} tone="warn">
            {desk.labels.of("complaint-flag", flag)}
          </Badge>
        ))}
      </th>
      {cell(
        "customer",
        complaint.customer_id ? (
          <a href={`#/customers/${complaint.customer_id}`}>{customer?.display.name ?? customer?.display.member_number ?? "…"}</a>
        ) : (
          <span class="muted">{desk.say("unknownCustomer")}</span>
        ),
      )}
      {cell("state", <State code={complaint.state} />)}
      {cell("severity", <Severity code={complaint.severity} />)}
      {cell("category", desk.labels.of("category", complaint.category))}
      {cell("assignee", complaint.assignee ? (complaint.names[complaint.assignee] ?? complaint.assignee) : <span class="muted">{desk.say("nobody")}</span>)}
      {cell("due", <Due at={complaint.due_at} />)}
      {cell("received", <When at={complaint.received_at} />)}
    </tr>
  )
}
