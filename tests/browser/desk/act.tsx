/** The dialog in which an action is filled in and sent: problems at their fields, and what to do when somebody was faster. */
import type { ComponentChildren } from "preact"
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { FieldProblem, Problem, Schema } from "@rapport/client"
import { refusal, useDesk, type Desk } from "./desk"
import { bodyOf, fieldAt, fieldsOf, idOf, type Field } from "./forms"
import { Refusal, written } from "./parts"
import { fieldName } from "./words"

type Complaint = Schema<"ComplaintDetail">
type Move = Schema<"ComplaintMoveView">

/** Fields that belong to few cases; the rest is shown at once. */
const SELDOM = new Set(["at", "reason"])

interface Refused {
  problem: Problem | null
  /** Who was faster, and what they did; where it was 412. */
  last?: Move | undefined
}

interface Props {
  complaint: Complaint
  action: string
  /** It was done. */
  done: () => void
  /** It was given up; `stale`: what is shown is not the present state. */
  close: (stale: boolean) => void
}

export function Act({ complaint: present, action, done, close }: Props) {
  const desk = useDesk()
  // As it was when the dialog opened: what comes live meanwhile must not be overwritten unseen.
  const [complaint] = useState(present)
  const dialog = useRef<HTMLDialogElement>(null)
  const fields = useMemo(() => fieldsOf(action), [action])
  const key = useMemo(() => crypto.randomUUID(), [action])
  const [refused, setRefused] = useState<Refused | null>(null)
  const [sending, setSending] = useState(false)
  useEffect(() => dialog.current?.showModal(), [])
  const conflict = refused?.problem?.status === 412 ? refused.problem : null

  const send = async (event: Event) => {
    event.preventDefault()
    const body = bodyOf(fields, new FormData(event.currentTarget as HTMLFormElement))
    setSending(true)
    try {
      // What was refused happened not, so it may be sent again under a key of its own; what got no answer keeps its key.
      await sendAction(desk, action, complaint.id, body, conflict?.etag ?? complaint.version, refused?.problem ? crypto.randomUUID() : key)
      done()
    } catch (error) {
      setRefused(await explained(desk, complaint.id, refusal(error)))
    } finally {
      setSending(false)
    }
  }

  const title = desk.labels.of("complaint-action", action)
  return (
    <dialog ref={dialog} aria-labelledby="act-title" onClose={() => close(conflict !== null)}>
      <form onSubmit={send} noValidate>
        <h2 id="act-title">{title}</h2>
        <p class="muted">{complaint.number}</p>
        {conflict ? (
          <Conflict problem={conflict} last={refused?.last} complaint={complaint} action={action} />
        ) : (
          refused && <Wrong problem={refused.problem} fields={fields} />
        )}
        <Fields fields={fields} errors={refused?.problem?.errors ?? []} />
        <div class="buttons end">
          <button type="button" onClick={() => dialog.current?.close()}>
            {desk.say(conflict ? "showPresent" : "cancel")}
          </button>
          {(!conflict || conflict.allowed?.includes(action)) && (
            <button type="submit" class="primary" disabled={sending}>
              {desk.say(conflict ? "sendAnyway" : "send")}
            </button>
          )}
        </div>
      </form>
    </dialog>
  )
}

/** `action` comes from `allowed`, so its path is one of the document's; which one only the running product knows. */
function sendAction({ api }: Desk, action: string, id: string, body: object, ifMatch: number | string, idempotencyKey: string) {
  const path = `/complaints/v1/complaints/{complaint_id}:${action}` as "/complaints/v1/complaints/{complaint_id}:acknowledge"
  return api.post(path, { params: { path: { complaint_id: id } }, body: body as never, ifMatch, idempotencyKey })
}

/** A conflict tells the state; who was faster stands in the history. */
async function explained({ api }: Desk, id: string, problem: Problem | null): Promise<Refused> {
  if (problem?.status !== 412) return { problem }
  const path = "/complaints/v1/complaints/{complaint_id}/history"
  const { data } = await api.get(path, { params: { path: { complaint_id: id }, query: { sort: ["-recorded_at"], limit: 1 } } })
  return { problem, last: data.items[0] }
}

function Conflict({ problem, last, complaint, action }: { problem: Problem; last: Move | undefined; complaint: Complaint; action: string }) {
  const desk = useDesk()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [problem])
  const state = desk.labels.of("complaint-state", problem.state ?? complaint.state)
  const before = desk.labels.of("complaint-state", complaint.state)
  return (
    <div class="notice warn" role="alert" tabIndex={-1} ref={box} data-code={problem.code}>
      <p class="notice-title">{desk.say("conflict")}</p>
      {last && (
        <p>
          {desk.say("conflictBy", {
            who: actorName(last),
            what: desk.labels.of("complaint-action", last.move),
            when: written(last.recorded_at, desk.language),
          })}
        </p>
      )}
      <p>{problem.state === complaint.state ? desk.say("conflictSame", { state }) : desk.say("conflictState", { state, before })}</p>
      {problem.allowed?.includes(action) ? (
        <p>{desk.say("conflictKept")}</p>
      ) : (
        <p>{desk.say("conflictGone", { action: desk.labels.of("complaint-action", action) })}</p>
      )}
    </div>
  )
}

/** What is wrong, with a link to each field that it is about. */
function Wrong({ problem, fields }: { problem: Problem | null; fields: Field[] }) {
  const desk = useDesk()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus(), [problem])
  if (!problem?.errors.length) return <Refusal problem={problem} />
  return (
    <div class="notice bad" role="alert" tabIndex={-1} ref={box} data-code={problem.code}>
      <p class="notice-title">{desk.say("wrong")}</p>
      <ul>
        {problem.errors.map((error) => {
          const field = error.path ? fieldAt(fields, error.path) : undefined
          return (
            <li key={error.path + error.code}>
              {field ? (
                <a href={`#${idOf(field)}`} onClick={(event) => focusOn(event, idOf(field))}>
                  {fieldName(desk.language, field.name)}
                </a>
              ) : null}
              {field ? desk.say("colon") : ""}
              {error.message}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** The address of the page is where it is: the link only moves the focus. */
function focusOn(event: Event, id: string): void {
  event.preventDefault()
  const field = document.getElementById(id)
  field?.closest("details")?.setAttribute("open", "")
  field?.focus()
}

function Fields({ fields, errors }: { fields: Field[]; errors: readonly FieldProblem[] }) {
  const desk = useDesk()
  const seldom = fields.filter(({ name, required }) => SELDOM.has(name) && !required)
  const shown = fields.filter((field) => !seldom.includes(field))
  const wrong = (field: Field) => errors.filter(({ path }) => path && fieldAt(fields, path) === field).map(({ message }) => message)
  const input = (field: Field) => <Input key={field.name} field={field} errors={wrong(field)} />
  return (
    <>
      {shown.map(input)}
      {seldom.length > 0 && (
        <details class="more" open={seldom.some((field) => wrong(field).length > 0)}>
          <summary>{desk.say("moreFields")}</summary>
          {seldom.map(input)}
        </details>
      )}
    </>
  )
}

function Input({ field, errors }: { field: Field; errors: string[] }) {
  const desk = useDesk()
  const id = idOf(field)
  const name = fieldName(desk.language, field.name)
  const described = [errors.length && `${id}-error`, field.kind === "lines" && `${id}-hint`].filter(Boolean).join(" ") || undefined
  const common = { id, name: field.name, "aria-describedby": described, "aria-invalid": errors.length > 0 || undefined, "aria-required": field.required || undefined }
  const error = errors.length > 0 && (
    <p class="error" id={`${id}-error`}>
      {errors.join(" ")}
    </p>
  )
  const optional = !field.required && field.kind !== "check" && <span class="muted"> ({desk.say("optional")})</span>
  if (field.kind === "check")
    return (
      <div class="field">
        <label class="check">
          <input type="checkbox" value="true" {...common} /> {name}
        </label>
        {error}
      </div>
    )
  if (field.kind === "yes-no" || field.kind === "some-of") {
    const [type, values] = field.kind === "yes-no" ? ["radio", ["true", "false"]] : ["checkbox", field.values]
    const label = (value: string) => (type === "radio" ? desk.say(value === "true" ? "yes" : "no") : desk.labels.of(field.vocabulary, value))
    return (
      <fieldset id={id} tabIndex={-1} aria-describedby={described}>
        <legend>{name}</legend>
        {error}
        <div class="choices">
          {(values as string[]).map((value) => (
            <label class="check" key={value}>
              <input type={type as string} name={field.name} value={value} /> {label(value)}
            </label>
          ))}
        </div>
      </fieldset>
    )
  }
  return (
    <div class="field">
      <label for={id}>
        {name}
        {optional}
      </label>
      {field.kind === "lines" && (
        <p class="muted small" id={`${id}-hint`}>
          {desk.say("aLineEach")}
        </p>
      )}
      {error}
      <Control field={field} common={common} />
    </div>
  )
}

function Control({ field, common }: { field: Field; common: object }): ComponentChildren {
  const desk = useDesk()
  const options = field.kind === "one-of" ? field.values.map((value) => [value, desk.labels.of(field.vocabulary, value)]) : optionsOf(desk, field.name)
  if (options)
    return (
      <select {...common}>
        <option value="">{desk.say("choose")}</option>
        {options.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    )
  if (field.kind === "words" || field.kind === "lines") return <textarea rows={field.kind === "words" ? 4 : 3} {...common} />
  return <input type={field.kind === "time" ? "datetime-local" : "text"} inputMode={field.kind === "number" ? "numeric" : undefined} {...common} />
}

/** What else a field can be, of those that the company has: staff, and codes of its taxonomies. */
function optionsOf({ staff, labels }: Desk, field: string): string[][] | null {
  if (field === "assignee") return [...staff]
  const taxonomy = { category: "category", cause: "cause" }[field]
  return taxonomy ? labels.values(taxonomy).map((code) => [code, labels.of(taxonomy, code)]) : null
}

/** Who did a move: a name, the id where nobody knows a name, and of whatever is no person what it is. */
export function actorName(move: Move): string {
  return move.names[move.actor] ?? move.actor.replace(/^[a-z]+:/, "")
}
