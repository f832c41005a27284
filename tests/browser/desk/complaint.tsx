/** A complaint: what happened, what can be done with it now, by when, and its history. Shows at once what others do. */
import { useState } from "preact/hooks"
import type { LiveEvent, Schema } from "@rapport/client"
import { Act, actorName } from "./act"
import { useDesk, useLive, useLoaded, useSettled, type Desk } from "./desk"
import { Badge, Due, Facts, Heading, Refusal, Severity, State, When } from "./parts"

interface Shown {
  complaint: Schema<"ComplaintDetail">
  history: readonly Schema<"ComplaintMoveView">[]
  clocks: readonly Schema<"ClockView">[]
  customer: Schema<"AskedCustomer"> | undefined
}

async function load({ api }: Desk, id: string): Promise<Shown> {
  const { data: complaint } = await api.get("/complaints/v1/complaints/{complaint_id}", { params: { path: { complaint_id: id } } })
  const params = { path: { complaint_id: complaint.id } }
  const [moves, clocks, customers] = await Promise.all([
    api.get("/complaints/v1/complaints/{complaint_id}/history", { params: { ...params, query: { sort: ["-recorded_at"], limit: 100 } } }),
    api.get("/complaints/v1/complaints/{complaint_id}/clocks", { params }),
    complaint.customer_id === null ? null : api.post("/profiles/v1/customers:batch-get", { body: { ids: [complaint.customer_id] } }),
  ])
  return { complaint, history: moves.data.items, clocks: clocks.data.items, customer: customers?.data.items[0] }
}

/** `id` may be the number, too. */
export function ComplaintPage({ id }: { id: string }) {
  const desk = useDesk()
  const shown = useLoaded(() => load(desk, id), [id, desk.api])
  const [action, setAction] = useState<string | null>(null)
  const [said, setSaid] = useState("")
  const reload = useSettled(shown.reload)
  const complaint = shown.value?.complaint
  useLive((event) => {
    if (event === null || (complaint && concerns(event, complaint))) reload()
  })
  if (!shown.value || !complaint)
    return (
      <>
        <Heading title={id}>{desk.say("complaint")}</Heading>
        {shown.failed ? <Refusal {...shown.failed} again={shown.reload} /> : <p role="status">{desk.say("loading")}</p>}
      </>
    )
  const done = () => {
    setSaid(desk.say("done", { action: desk.labels.of("complaint-action", action!) }))
    setAction(null)
    shown.reload()
  }
  return (
    <>
      <header class="title">
        <Heading title={complaint.number}>{complaint.number}</Heading>
        <p class="badges">
          <State code={complaint.state} /> <Severity code={complaint.severity} />
          {complaint.flags.map((flag) => (
            <Badge key={flag} tone="warn">
              {desk.labels.of("complaint-flag", flag)}
            </Badge>
          ))}
        </p>
      </header>
      {shown.failed && <Refusal {...shown.failed} again={shown.reload} />}
      <p role="status" class="said">
        {said}
      </p>
      <div class="columns">
        <div>
          <Actions complaint={complaint} choose={setAction} />
          <Words complaint={complaint} />
          <History moves={shown.value.history} />
        </div>
        <aside aria-label={desk.say("facts")}>
          <Overview {...shown.value} />
        </aside>
      </div>
      {action && (
        <Act
          key={action}
          complaint={complaint}
          action={action}
          done={done}
          close={(stale) => {
            setAction(null)
            if (stale) shown.reload()
          }}
        />
      )}
    </>
  )
}

/** Whether an event tells of more than is shown. Facts about what belongs to a complaint name it in `ids`. */
function concerns(event: LiveEvent<"complaints">, { id, version }: Schema<"ComplaintDetail">): boolean {
  return event.subject === id ? event.version > version : Object.values(event.ids).includes(id)
}

/** A button for each operation that `allowed` names, and no other. */
function Actions({ complaint, choose }: { complaint: Schema<"ComplaintDetail">; choose: (action: string) => void }) {
  const desk = useDesk()
  return (
    <section aria-labelledby="actions" class="card">
      <h2 id="actions">{desk.say("actions")}</h2>
      {complaint.allowed.length === 0 && <p class="muted">{desk.say("noActions")}</p>}
      <div class="actions">
        {complaint.allowed.map((action) => (
          <button type="button" key={action} data-action={action} onClick={() => choose(action)}>
            {desk.labels.of("complaint-action", action)}
          </button>
        ))}
      </div>
    </section>
  )
}

/** Whether a text is hidden: from level 2 on words are seen, masked at most, and null means that there are none. */
function unseen(masked: readonly string[], field: string, level: number): boolean {
  return masked.includes(field) && level < 2
}

function Words({ complaint }: { complaint: Schema<"ComplaintDetail"> }) {
  const desk = useDesk()
  const hidden = (field: string) => desk.say(unseen(complaint.masked, field, desk.me.level) ? "notShown" : "gone")
  return (
    <section aria-labelledby="words" class="card">
      <h2 id="words">{desk.say("problem")}</h2>
      {complaint.problem ? <p class="words">{complaint.problem}</p> : <p class="muted">{hidden("problem")}</p>}
      {(complaint.remedy_sought || unseen(complaint.masked, "remedy_sought", desk.me.level)) && (
        <>
          <h3>{desk.say("remedySought")}</h3>
          {complaint.remedy_sought ? <p class="words">{complaint.remedy_sought}</p> : <p class="muted">{hidden("remedy_sought")}</p>}
        </>
      )}
    </section>
  )
}

function Overview({ complaint, clocks, customer }: Shown) {
  const desk = useDesk()
  const { contact, names } = complaint
  const masked = complaint.masked.includes("contact") && <Badge>{desk.say("masked")}</Badge>
  return (
    <>
      <section class="card" aria-labelledby="facts">
        <h2 id="facts">{desk.say("facts")}</h2>
        <Facts
          of={[
            [desk.say("customer"), complaint.customer_id && <a href={`#/customers/${complaint.customer_id}`}>{customer?.display.name ?? desk.say("customer")}</a>],
            [desk.say("assignee"), complaint.assignee ? (names[complaint.assignee] ?? complaint.assignee) : desk.say("nobody")],
            [desk.say("category"), desk.labels.of("category", complaint.category)],
            [desk.say("channel"), desk.labels.of("channel", complaint.channel)],
            [desk.say("received"), <When at={complaint.received_at} />],
            [desk.say("due"), complaint.due_at && <Due at={complaint.due_at} />],
          ]}
        />
      </section>
      <section class="card" aria-labelledby="contact">
        <h2 id="contact">
          {desk.say("contact")} {masked}
        </h2>
        <Facts of={(["name", "phone", "email", "address"] as const).map((field) => [desk.say(field), contact[field]])} />
      </section>
      <section class="card" aria-labelledby="clocks">
        <h2 id="clocks">{desk.say("clocks")}</h2>
        <Facts of={clocks.map((clock) => [desk.labels.of("clock-kind", clock.kind), <Clock clock={clock} />])} />
      </section>
    </>
  )
}

function Clock({ clock }: { clock: Schema<"ClockView"> }) {
  const desk = useDesk()
  if (clock.in_time !== null) return <Badge tone={clock.in_time ? "good" : "bad"}>{desk.say(clock.in_time ? "inTime" : "late")}</Badge>
  if (clock.state !== "running") return <Badge>{desk.labels.of("clock-state", clock.state)}</Badge>
  return <Due at={clock.due_at} />
}

function History({ moves }: { moves: readonly Schema<"ComplaintMoveView">[] }) {
  const desk = useDesk()
  return (
    <section aria-labelledby="history" class="card">
      <h2 id="history">{desk.say("history")}</h2>
      <ol class="timeline">
        {moves.map((move) => (
          <li key={move.id} data-move={move.move}>
            <p class="what">
              <strong>{desk.labels.of("complaint-action", move.move)}</strong>
              {move.from_state !== move.to_state && <State code={move.to_state} />}
            </p>
            <p class="muted small">
              {actorName(move)} · <When at={move.at} />
            </p>
            {move.note ? <p class="words">{move.note}</p> : unseen(move.masked, "note", desk.me.level) && <p class="muted">{desk.say("notShown")}</p>}
          </li>
        ))}
      </ol>
    </section>
  )
}
